import Foundation
import Glibc
import Synchronization

/// A server's address with somebody in between who can cut the line, or let nothing through.
final class Proxy: Sendable {
    enum Mode: Sendable {
        case open
        /// Connections are accepted and nothing passes: a server that hangs.
        case frozen
        /// Connections break, and new ones too: a server that is gone.
        case cut
    }

    private struct State {
        var mode = Mode.open
        var descriptors: Set<Int32> = []
        var isClosed = false
        /// What came in while nothing was let through.
        var held: [UInt8] = []
    }

    let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Mutex(State())

    /// - Parameter target: the server's port on 127.0.0.1.
    init(to target: Int) {
        self.target = target
        (listener, port) = Proxy.listen()
        Thread { [self] in accept() }.start()
    }

    func set(_ mode: Mode) {
        state.withLock { state in
            state.mode = mode
            // The threads that copy see the end and close.
            if mode == .cut { for descriptor in state.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) } }
        }
    }

    /// Whether a text is among what is held back.
    func holds(_ text: String) -> Bool { state.withLock { String(decoding: $0.held, as: UTF8.self).contains(text) } }

    func close() {
        state.withLock { $0.isClosed = true }
        set(.cut)
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private static func listen() -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(0)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        Glibc.listen(descriptor, 64)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            if state.withLock({ $0.isClosed }) || client < 0 { return }
            guard state.withLock({ $0.mode }) != .cut else {
                Glibc.close(client)
                continue
            }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Proxy.loopback(target)
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            }
            guard connected == 0 else {
                Glibc.close(client)
                Glibc.close(server)
                continue
            }
            state.withLock { $0.descriptors.formUnion([client, server]) }
            let both = Pair(self, client, server)
            Thread { [self] in copy(from: client, to: server, both) }.start()
            Thread { [self] in copy(from: server, to: client, both) }.start()
        }
    }

    private func copy(from source: Int32, to target: Int32, _ pair: Pair) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(source, &buffer, buffer.count)
            if count > 0 { state.withLock { if $0.mode == .frozen, $0.held.count < 1 << 20 { $0.held += buffer[..<count] } } }
            // Held back, as a server that hangs would: what a test polls for goes on elsewhere.
            while state.withLock({ $0.mode }) == .frozen { usleep(5_000) }
            guard count > 0 else { break }
            var sent = 0
            while sent < count {
                let written = buffer.withUnsafeBytes { send(target, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL)) }
                guard written > 0 else { break }
                sent += written
            }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(target, Int32(SHUT_RDWR))
        pair.oneEnded()
    }

    /// Two descriptors, closed once nobody copies between them any more.
    private final class Pair: Sendable {
        private let proxy: Proxy
        private let one, other: Int32
        private let ended = Mutex(0)

        init(_ proxy: Proxy, _ one: Int32, _ other: Int32) {
            self.proxy = proxy
            self.one = one
            self.other = other
        }

        func oneEnded() {
            let isLast = ended.withLock { ended in
                ended += 1
                return ended == 2
            }
            guard isLast else { return }
            proxy.state.withLock { state in
                state.descriptors.subtract([one, other])
                Glibc.close(one)
                Glibc.close(other)
            }
        }
    }
}

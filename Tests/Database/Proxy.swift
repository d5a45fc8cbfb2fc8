import Foundation
import Glibc
import Support
import Synchronization

/// Stands between a client and the server and does to them what networks do.
final class Proxy: Sendable {
    enum Mode: Sendable {
        case passing
        /// Nothing comes through in either direction, and no connection ends.
        case frozen
        /// What the client sends arrives; at the server's first answer the connection is cut instead.
        case cuttingAnswers
        /// At the client's next word the connection is cut.
        case cuttingRequests
    }

    let url: String
    private let state = Mutex(Mode.passing)
    var mode: Mode {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    struct CannotListen: Error {}

    /// Listens on a port of its own until the process ends.
    init(to url: String) throws {
        var components = URLComponents(string: url)!
        let target = UInt16(components.port ?? 5432)
        let port = freePort()
        components.host = "127.0.0.1"
        components.port = port
        self.url = components.string!
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.withAddress(UInt16(port), { bind(listener, $0, $1) }) == 0, listen(listener, 64) == 0 else { throw CannotListen() }
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                _ = Self.withAddress(target) { connect(server, $0, $1) }
                Thread.detachNewThread { [self] in pump(from: client, to: server, cutting: .cuttingRequests) }
                Thread.detachNewThread { [self] in pump(from: server, to: client, cutting: .cuttingAnswers) }
            }
        }
    }

    private func pump(from source: Int32, to target: Int32, cutting: Mode) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(source, &buffer, buffer.count)
            while isFrozen { usleep(2000) }
            if count <= 0 || isCutting(cutting) || !Self.write(buffer[..<count], to: target) { break }
        }
        // Both directions end; the descriptors are left to the process's end, so that none is used again too early.
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(target, Int32(SHUT_RDWR))
    }

    private var isFrozen: Bool { if case .frozen = mode { true } else { false } }

    private func isCutting(_ side: Mode) -> Bool {
        switch (mode, side) {
        case (.cuttingAnswers, .cuttingAnswers), (.cuttingRequests, .cuttingRequests): true
        default: false
        }
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to target: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}

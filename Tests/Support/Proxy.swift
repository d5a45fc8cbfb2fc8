import Foundation
import Glibc
import Synchronization

/// Stands between a client and a server of 127.0.0.1, and does to their connections what networks do.
public final class Proxy: Sendable {
    public enum Mode: Sendable {
        case passing
        /// Nothing comes through in either direction, and no connection ends: a server that hangs, a broken cable.
        case frozen
        /// What the server says doesn't come through.
        case mute
        /// Connections break, and new ones too: a server that is gone.
        case refusing
        /// At the server's next word the connection is cut instead: the client never learns what it was.
        case cuttingAnswers
        /// At the client's next word the connection is cut: it doesn't arrive.
        case cuttingRequests
    }

    private enum Direction {
        case toServer, toClient
    }

    private struct State {
        var mode = Mode.passing
        var pairs: [Pair] = []
        var accepted = 0
        var isClosed = false
        /// What came in while nothing was let through.
        var held: [UInt8] = []
    }

    public struct CannotListen: Error {}

    /// Where it listens, on 127.0.0.1.
    public let port: Int
    private let listener: Int32
    private let target: Int
    private let state = Mutex(State())

    /// Passes connections on to a port of 127.0.0.1.
    public init(to target: Int) throws {
        self.target = target
        port = freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard Self.withAddress(port, { bind(listener, $0, $1) }) == 0, listen(listener, 64) == 0 else { throw CannotListen() }
        Thread.detachNewThread { [self] in accept() }
    }

    public var mode: Mode {
        get { state.withLock { $0.mode } }
        set {
            state.withLock { $0.mode = newValue }
            if case .refusing = newValue { cut() }
        }
    }

    /// How many connections there were so far.
    public var accepted: Int { state.withLock { $0.accepted } }

    /// Whether a text is among what came in while nothing was let through.
    public func holds(_ text: String) -> Bool { state.withLock { String(decoding: $0.held, as: UTF8.self).contains(text) } }

    /// Ends all connections; new ones are taken, unless the mode says otherwise.
    public func cut() {
        // Under the lock: a descriptor is closed under it too, and might be another connection's a moment later.
        state.withLock { for pair in $0.pairs { pair.shutDown() } }
    }

    /// Ends everything.
    public func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private func accept() {
        defer { Glibc.close(listener) }
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0, !state.withLock({ $0.isClosed }) else { return }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            let pair = Pair(client: client, server: server)
            if case .refusing = mode { pair.close(); continue }
            guard Self.withAddress(target, { connect(server, $0, $1) }) == 0 else { pair.close(); continue }
            state.withLock {
                $0.pairs.append(pair)
                $0.accepted += 1
            }
            Thread.detachNewThread { [self] in pump(from: client, to: server, .toServer, of: pair) }
            Thread.detachNewThread { [self] in pump(from: server, to: client, .toClient, of: pair) }
        }
    }

    private func pump(from source: Int32, to target: Int32, _ direction: Direction, of pair: Pair) {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            if count > 0, isHeld(direction) {
                state.withLock { if $0.held.count < 1 << 20 { $0.held += buffer[..<count] } }
                while isHeld(direction) { usleep(2_000) }
            }
            if count <= 0 || isCut(direction) || !Self.write(buffer[..<count], to: target) { break }
        }
        pair.shutDown()
        state.withLock { state in
            guard pair.isLastEnd() else { return }
            state.pairs.removeAll { $0 === pair }
            pair.close()
        }
    }

    private func isHeld(_ direction: Direction) -> Bool {
        state.withLock { state in
            switch (state.mode, direction) {
            case (.frozen, _), (.mute, .toClient): !state.isClosed
            default: false
            }
        }
    }

    private func isCut(_ direction: Direction) -> Bool {
        switch (mode, direction) {
        case (.refusing, _), (.cuttingAnswers, .toClient), (.cuttingRequests, .toServer): true
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

    private static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    /// The two ends of a connection.
    private final class Pair: Sendable {
        private let client: Int32
        private let server: Int32
        private let ends = Atomic(2)

        init(client: Int32, server: Int32) {
            self.client = client
            self.server = server
        }

        /// Whether nobody reads from either any more.
        func isLastEnd() -> Bool { ends.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }

        func shutDown() {
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(server, Int32(SHUT_RDWR))
        }

        func close() {
            Glibc.close(client)
            Glibc.close(server)
        }
    }
}

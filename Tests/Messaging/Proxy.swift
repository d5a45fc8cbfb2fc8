import Foundation
import Glibc
import Synchronization

/// A TCP proxy on 127.0.0.1 that fails on demand: it cuts connections, or keeps them open and passes nothing on.
final class Proxy: Sendable {
    /// Which way bytes go.
    enum Direction: Sendable {
        case toBroker, toClient
    }

    private struct State {
        var pairs: [(client: Int32, broker: Int32)] = []
        var accepted = 0
        var frozen: Set<Direction> = []
        var isClosed = false
    }

    let port: Int
    private let listener: Int32
    private let target: Int
    private let state = Mutex(State())

    /// Passes connections on to a port of 127.0.0.1.
    init(to target: Int) throws {
        self.target = target
        var found: (Int32, Int)?
        while found == nil { found = Proxy.listen(on: Int.random(in: 20_000..<32_000)) }
        (listener, port) = found!
        Thread { [self] in accept() }.start()
    }

    deinit { Glibc.close(listener) }

    /// How many connections there were so far.
    var accepted: Int { state.withLock { $0.accepted } }

    /// Ends all connections; new ones are taken.
    func cut() {
        let pairs = state.withLock { state in
            defer { state.pairs = [] }
            return state.pairs
        }
        for (client, broker) in pairs {
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(broker, Int32(SHUT_RDWR))
        }
    }

    /// Keeps connections open but passes nothing on in these directions: what a frozen peer or a broken cable looks like.
    func freeze(_ directions: Set<Direction> = [.toBroker, .toClient]) { state.withLock { $0.frozen = directions } }

    func thaw() { freeze([]) }

    /// Ends everything.
    func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        thaw()
        cut()
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            if client < 0 { return }
            let broker = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard Proxy.withAddress(target, { Glibc.connect(broker, $0, $1) }) == 0 else {
                Glibc.close(client)
                Glibc.close(broker)
                continue
            }
            state.withLock {
                $0.pairs.append((client, broker))
                $0.accepted += 1
            }
            let ends = Mutex(2)
            let isLast: @Sendable () -> Bool = {
                ends.withLock {
                    $0 -= 1
                    return $0 == 0
                }
            }
            for (from, to, direction) in [(client, broker, Direction.toBroker), (broker, client, .toClient)] {
                Thread { [self] in
                    pump(from, to, direction)
                    shutdown(to, Int32(SHUT_RDWR))
                    if isLast() {
                        state.withLock { $0.pairs.removeAll { $0.client == client } }
                        Glibc.close(client)
                        Glibc.close(broker)
                    }
                }.start()
            }
        }
    }

    private func pump(_ from: Int32, _ to: Int32, _ direction: Direction) {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            while state.withLock({ $0.frozen.contains(direction) }) { usleep(5_000) }
            let count = recv(from, &buffer, buffer.count, 0)
            if count <= 0 { return }
            while state.withLock({ $0.frozen.contains(direction) }) { usleep(5_000) }
            var sent = 0
            while sent < count {
                let now = buffer.withUnsafeBytes { send(to, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL)) }
                if now <= 0 { return }
                sent += now
            }
        }
    }

    private static func listen(on port: Int) -> (Int32, Int)? {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard withAddress(port, { bind(listener, $0, $1) }) == 0, Glibc.listen(listener, 16) == 0 else {
            Glibc.close(listener)
            return nil
        }
        return (listener, port)
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
}

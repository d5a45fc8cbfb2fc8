internal import Glibc

/// Local TCP ports.
public enum Ports {
    /// Where ports of ours are looked for: below 32768, where the system's own choices for outgoing connections begin.
    /// A port from there could be taken by somebody's client socket just when a server is to listen on it again.
    public static let range = 20_000..<32_000

    /// A port of 127.0.0.1 on which nobody listens now, below 32768 and unlike any of `taken`.
    public static func free(except taken: Set<Int> = []) -> Int {
        while true {
            let port = Int.random(in: range)
            if !taken.contains(port), isFree(port) { return port }
        }
    }

    /// Whether a server could listen on the port now, on any address.
    public static func isFree(_ port: Int) -> Bool {
        // Both, since a listener on one address does not keep another address's from being bound.
        [INADDR_LOOPBACK, INADDR_ANY].allSatisfy { bind(to: $0, port) }
    }

    /// Whether somebody listens on the port of 127.0.0.1.
    public static func isOpen(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(socket) }
        return withAddress(INADDR_LOOPBACK, port) { connect(socket, $0, $1) == 0 }
    }

    private static func bind(to address: UInt32, _ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(socket) }
        var reuse: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        return withAddress(address, port) { Glibc.bind(socket, $0, $1) == 0 }
    }

    private static func withAddress(_ address: UInt32, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool) -> Bool {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        name.sin_addr.s_addr = address.bigEndian
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}

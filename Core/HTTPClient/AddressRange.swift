internal import Glibc

/// The addresses that share a prefix, on one port or on all.
struct AddressRange: Sendable, Equatable {
    /// 4 or 16 bytes in network order.
    private let prefix: [UInt8]
    /// How many leading bits count.
    private let length: Int
    private let port: Int?

    /// Reads `10.0.0.0/8`, `127.0.0.1`, `127.0.0.1:8090`, `fd00::/8`, `::1` or `[::1]:8090`.
    init?(parsing text: String) {
        var rest = Substring(text)
        var port: Int?
        if rest.hasPrefix("["), let end = rest.lastIndex(of: "]") {
            let tail = rest[rest.index(after: end)...]
            if !tail.isEmpty {
                guard tail.hasPrefix(":"), let number = Int(tail.dropFirst()) else { return nil }
                port = number
            }
            rest = rest[rest.index(after: rest.startIndex)..<end]
        } else if let colon = rest.firstIndex(of: ":"), rest.lastIndex(of: ":") == colon {
            guard let number = Int(rest[rest.index(after: colon)...]) else { return nil }
            port = number
            rest = rest[..<colon]
        }
        if let port, !(1...65_535).contains(port) { return nil }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let bytes = Self.bytes(of: String(first)) else { return nil }
        var length = bytes.count * 8
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...length).contains(number) else { return nil }
            length = number
        }
        prefix = bytes
        self.length = length
        self.port = port
    }

    /// Whether the address, in network order, and the port are of this range.
    func contains(_ address: [UInt8], port: Int) -> Bool {
        guard address.count == prefix.count, self.port == nil || self.port == port else { return false }
        let whole = length / 8
        for index in 0..<whole where address[index] != prefix[index] { return false }
        guard length % 8 > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (length % 8))
        return address[whole] & mask == prefix[whole] & mask
    }

    /// An address's bytes in network order; nil for what is no numeric address.
    static func bytes(of text: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET6, text, &sixteen) == 1 { return sixteen }
        return nil
    }

    /// An IPv4 address in IPv6's clothes (`::ffff:10.0.0.1`) as the IPv4 address that the kernel will connect to.
    static func plain(_ address: [UInt8]) -> [UInt8] {
        guard address.count == 16, address[..<10].allSatisfy({ $0 == 0 }), address[10] == 0xFF, address[11] == 0xFF else { return address }
        return Array(address[12...])
    }
}

/// Which IP addresses a client may connect to.
///
/// It is asked for the very address of every connection, after the name was resolved and before the socket is opened, so a
/// name that resolves to another address the second time (DNS rebinding) gains nothing.
public struct AddressPolicy: Sendable, Equatable {
    private let isRestricted: Bool
    private let allowed: [AddressRange]

    private init(isRestricted: Bool, allowed: [AddressRange]) {
        self.isRestricted = isRestricted
        self.allowed = allowed
    }

    /// Every address: for parties that the operator configured.
    public static let any = AddressPolicy(isRestricted: false, allowed: [])

    /// Only addresses of the public Internet: for URLs that others gave us. Private, loopback, link-local (cloud metadata),
    /// shared, multicast, documentation and reserved ranges are refused, also where they hide in an IPv6 address
    /// (IANA special-purpose registries, RFC 6890).
    public static let publicOnly = AddressPolicy(isRestricted: true, allowed: [])

    /// As ``publicOnly``, and besides these: addresses or ranges, with or without a port: `127.0.0.1:8090`, `10.1.0.0/16`,
    /// `[::1]:8090`, `fd00::/8`. Nil when one of them cannot be read.
    public static func publicOnly(allowing exceptions: [String]) -> AddressPolicy? {
        let ranges = exceptions.compactMap(AddressRange.init(parsing:))
        guard ranges.count == exceptions.count else { return nil }
        return AddressPolicy(isRestricted: true, allowed: ranges)
    }

    /// Whether the address, given as text without a port, and the port may be connected to. What is no address is refused.
    public func allows(_ address: String, port: Int) -> Bool {
        guard let bytes = AddressRange.bytes(of: address) else { return false }
        return allows(bytes, port: port)
    }

    /// - Parameter address: 4 or 16 bytes in network order.
    func allows(_ address: [UInt8], port: Int) -> Bool {
        guard isRestricted else { return true }
        let address = AddressRange.plain(address)
        if allowed.contains(where: { $0.contains(address, port: port) }) { return true }
        if address.count == 4 { return !Self.refused4.contains { $0.contains(address, port: port) } }
        // Of IPv6 only the global unicast range is in use; what embeds an IPv4 address (NAT64, 6to4, Teredo) is not needed.
        return Self.global6.contains(address, port: port) && !Self.refused6.contains { $0.contains(address, port: port) }
    }

    private static func range(_ text: String) -> AddressRange {
        guard let range = AddressRange(parsing: text) else { preconditionFailure("'\(text)' is no range") }
        return range
    }

    private static let refused4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ].map(range)
    private static let global6 = range("2000::/3")
    private static let refused6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"].map(range)
}

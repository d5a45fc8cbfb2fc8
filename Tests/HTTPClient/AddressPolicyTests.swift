import HTTPClient
import Testing

@Suite struct `Address policy` {
    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
        "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
        "2001:db8::1", "2001::1", "2002:7f00:1::", "3fff::1", "100::1",
    ]) func `an address that is not of the public Internet is refused`(address: String) {
        #expect(!AddressPolicy.publicOnly.allows(address, port: 443))
        #expect(AddressPolicy.any.allows(address, port: 443))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255", "198.17.255.255",
        "223.255.255.255",
        "2400:3200::1", "2606:4700:4700::1111", "::ffff:8.8.8.8",
    ]) func `an address of the public Internet is allowed`(address: String) {
        #expect(AddressPolicy.publicOnly.allows(address, port: 443))
    }

    @Test func `exceptions hold for their range and port only`() throws {
        let policy = try #require(
            AddressPolicy.publicOnly(allowing: ["127.0.0.1:8090", "10.1.0.0/16", "[::1]:8090", "fd00::/8", "192.168.0.0/20:443"]))
        #expect(policy.allows("127.0.0.1", port: 8090))
        #expect(policy.allows("::ffff:127.0.0.1", port: 8090))
        #expect(!policy.allows("127.0.0.1", port: 8091))
        #expect(!policy.allows("127.0.0.2", port: 8090))
        #expect(policy.allows("10.1.255.1", port: 1) && !policy.allows("10.2.0.1", port: 1))
        #expect(policy.allows("::1", port: 8090) && !policy.allows("::1", port: 80))
        #expect(policy.allows("fd99::1", port: 1) && !policy.allows("fc99::1", port: 1))
        #expect(
            policy.allows("192.168.15.1", port: 443) && !policy.allows("192.168.16.1", port: 443)
                && !policy.allows("192.168.15.1", port: 80))
    }

    @Test(arguments: ["", "localhost", "10.0.0.0/33", "10.0.0", "[::1", "127.0.0.1:0", "127.0.0.1:65536", "::1/129", "10.0.0.0/-1"])
    func `an exception that cannot be read is refused`(text: String) {
        #expect(AddressPolicy.publicOnly(allowing: [text]) == nil)
    }

    @Test(arguments: ["localhost", "", "1.1.1.1:443", "0x7f.1"]) func `what is no address is refused`(text: String) {
        #expect(!AddressPolicy.any.allows(text, port: 443))
    }
}

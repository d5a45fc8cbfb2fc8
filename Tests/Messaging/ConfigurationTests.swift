import Testing

@testable import Messaging

@Suite struct `the broker's address` {
    @Test func `is read from a URL`() throws {
        let address = try BrokerAddress(url: "amqp://me%40home:p%3Aw@broker.example:5673/orders%2F1?heartbeat=7")
        #expect(address.host == "broker.example" && address.port == 5673)
        #expect(address.user == "me@home" && address.password == "p:w")
        #expect(address.virtualHost == "orders/1")
        #expect(!address.usesTLS && address.heartbeat == 7)
        #expect("\(address)" == "broker.example:5673")
    }

    @Test func `has the usual defaults`() throws {
        let plain = try BrokerAddress(url: "amqp://h")
        #expect(plain.port == 5672 && plain.user == "guest" && plain.password == "guest" && plain.virtualHost == "/")
        let secure = try BrokerAddress(url: "amqps://h/?cacertfile=/a/b.pem&certfile=/c&keyfile=/k")
        #expect(secure.port == 5671 && secure.usesTLS && secure.virtualHost == "/")
        #expect(secure.authoritiesFile == "/a/b.pem" && secure.certificateFile == "/c" && secure.keyFile == "/k")
        #expect(try BrokerAddress(url: "amqp://u@[::1]:99/%2f") == BrokerAddress(url: "amqp://u:@[::1]:99"))
        #expect(try BrokerAddress(url: "amqp://u@[::1]:99").host == "::1")
    }

    @Test(arguments: [
        "", "http://h", "amqp://", "amqp://h:0", "amqp://h:x", "amqp://h:70000", "amqp://h/%zz", "amqp://h/%00", "amqp://h/%+5",
        "amqp://u:secret@h/?verify=none", "amqp://u:secret@h/?heartbeat=0", "amqp://u:secret@h/?cacertfile=",
        "amqps://u:secret@h/?certfile=/c", "amqp://u:secret@:99",
    ])
    func `that is wrong is refused without telling the password`(_ url: String) {
        #expect {
            try BrokerConfiguration(urls: url)
        } throws: { error in
            let error = error as? MessagingError
            return error?.code == .configuration && error?.isRetriable == false && !"\(String(describing: error))".contains("secret")
        }
    }

    @Test func `may be several`() throws {
        let configuration = try BrokerConfiguration(urls: "amqp://a,amqp://b:1/x?heartbeat=20", name: "placement")
        #expect(configuration.addresses.map(\.description) == ["a:5672", "b:1"])
        #expect(configuration.heartbeat == .seconds(20))
        #expect(configuration.name == "placement")
    }

    @Test func `is tried again after longer and longer waits, up to a bound, never all at the same moment`() {
        var generator = Seeded(state: 1)
        var backoff = Backoff(shortest: .milliseconds(100), longest: .seconds(3))
        let waits = (0..<200).map { _ in backoff.next(using: &generator) }
        for (wait, whole) in zip(waits, [100, 200, 400, 800, 1600, 3000, 3000]) {
            #expect(wait <= .milliseconds(whole) && wait >= .milliseconds(whole / 2))
        }
        #expect(waits.allSatisfy { $0 <= .seconds(3) })
        #expect(Set(waits).count > 190)
        backoff.reset()
        #expect(backoff.next(using: &generator) <= .milliseconds(100))
    }
}

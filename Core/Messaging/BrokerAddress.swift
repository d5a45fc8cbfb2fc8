/// One node of the broker and the account to use there.
public struct BrokerAddress: Sendable, Equatable, CustomStringConvertible {
    public var host: String
    public var port: Int
    public var user: String
    public var password: String
    public var virtualHost: String
    public var usesTLS: Bool
    /// PEM files; the system's authorities where nil.
    public var authoritiesFile: String?
    public var certificateFile: String?
    public var keyFile: String?
    /// Seconds, where the URL says so.
    public var heartbeat: Int?

    /// Without the account.
    public var description: String { "\(host):\(port)" }

    /// Reads `amqp[s]://[user[:password]@]host[:port][/vhost][?key=value&…]`, percent-encoded.
    /// - Throws: ``MessagingError`` with `configuration`; it never holds the password.
    public init(url: String) throws(MessagingError) {
        func wrong(_ what: String) -> MessagingError {
            MessagingError(.configuration, "broker URL: \(what); give amqp://user:password@host:port/vhost")
        }
        var rest = Substring(url)
        if rest.hasPrefix("amqp://") {
            usesTLS = false
            rest = rest.dropFirst(7)
        } else if rest.hasPrefix("amqps://") {
            usesTLS = true
            rest = rest.dropFirst(8)
        } else {
            throw wrong("it begins with neither amqp:// nor amqps://")
        }
        var query = Substring()
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        virtualHost = "/"
        if let slash = rest.firstIndex(of: "/") {
            let path = rest[rest.index(after: slash)...]
            // As RabbitMQ's clients read it: `/` alone and nothing at all mean the default, `%2f` is its name written out.
            if !path.isEmpty {
                guard let decoded = BrokerAddress.decoded(path) else { throw wrong("the vhost is not percent-encoded text") }
                virtualHost = decoded
            }
            rest = rest[..<slash]
        }
        user = "guest"
        password = "guest"
        if let at = rest.lastIndex(of: "@") {
            let account = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = BrokerAddress.decoded(account[0]), let secret = BrokerAddress.decoded(account.count > 1 ? account[1] : "")
            else {
                throw wrong("the account is not percent-encoded text")
            }
            user = name
            password = secret
            rest = rest[rest.index(after: at)...]
        }
        port = usesTLS ? 5671 : 5672
        var name = rest
        if rest.hasPrefix("["), let bracket = rest.firstIndex(of: "]") {
            name = rest[rest.index(after: rest.startIndex)..<bracket]
            rest = rest[rest.index(after: bracket)...]
        } else if let colon = rest.firstIndex(of: ":") {
            name = rest[..<colon]
            rest = rest[colon...]
        } else {
            rest = ""
        }
        if let first = rest.first {
            guard first == ":", let number = Int(rest.dropFirst()), (1...65_535).contains(number) else {
                throw wrong("the port is not a number from 1 to 65535")
            }
            port = number
        }
        guard !name.isEmpty else { throw wrong("there is no host") }
        host = String(name)
        try read(query: query)
    }

    private mutating func read(query: Substring) throws(MessagingError) {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = BrokerAddress.decoded(parts[1]), !value.isEmpty else {
                throw MessagingError(.configuration, "broker URL: '\(parts[0])' has no value")
            }
            switch parts[0] {
            case "cacertfile": authoritiesFile = value
            case "certfile": certificateFile = value
            case "keyfile": keyFile = value
            case "heartbeat":
                guard let seconds = Int(value), (1...600).contains(seconds) else {
                    throw MessagingError(.configuration, "broker URL: heartbeat is not a number of seconds from 1 to 600")
                }
                heartbeat = seconds
            default:
                throw MessagingError(
                    .configuration, "broker URL: unknown key '\(parts[0])'; use cacertfile, certfile, keyfile or heartbeat")
            }
        }
        guard (certificateFile == nil) == (keyFile == nil) else {
            throw MessagingError(.configuration, "broker URL: certfile and keyfile go together")
        }
    }

    /// Percent-encoded text decoded; nil where it is not UTF-8, has a zero byte or a broken escape.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next(), let low = iterator.next(),
                let first = Character(UnicodeScalar(high)).hexDigitValue, let second = Character(UnicodeScalar(low)).hexDigitValue,
                first + second > 0
            else { return nil }
            bytes.append(UInt8(first * 16 + second))
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

internal import Foundation

/// The configuration: environment variables, each typed, checked and documented (``ConfigurationKey``).
///
/// Every variable that is set is checked when the configuration is read, whoever needs it; one that a command needs and
/// that is not set is an error when it is asked for.
///
/// ```swift
/// let configuration = try Configuration()
/// let port = configuration.value(.intakePort)          // its default where it isn't set
/// let url = try configuration.require(.databaseURL)    // has no default: an error that says how to set it
/// ```
public struct Configuration: Sendable {
    private let environment: [String: String]

    /// One key as it is listed.
    public struct Entry: Sendable {
        public let name: String
        public let summary: String
        public let form: String
        public let example: String
        public let defaultText: String?
        public let isSecret: Bool
        /// What it is set to; nil where it isn't.
        public let setting: String?
    }

    /// Reads the keys of this process's environment.
    /// - Throws: ``ConfigurationError`` with every problem.
    public init() throws(ConfigurationError) {
        try self.init(environment: ProcessInfo.processInfo.environment)
    }

    /// Reads the keys of an environment: variables whose names begin with `SLUICE_`.
    /// - Throws: ``ConfigurationError`` with every problem: values that can't be read, and names that are no key.
    public init(environment: [String: String]) throws(ConfigurationError) {
        // A variable set to nothing is as good as not set: that is how compose files and units write it.
        self.environment = environment.filter { $0.key.hasPrefix("SLUICE_") && !$0.value.isEmpty }
        var problems: [String] = []
        for key in Self.keys {
            guard let text = self.environment[key.name], let problem = key.problem(text) else { continue }
            problems.append(problem)
        }
        let known = Set(Self.keys.map(\.name))
        for name in self.environment.keys.sorted() where !known.contains(name) && !Self.isForeign(name) {
            let nearest = known.min { Self.distance($0, name) < Self.distance($1, name) } ?? ""
            let hint = Self.distance(nearest, name) <= 4 ? "did you mean \(nearest)?" : "`sluice config` lists the keys"
            problems.append("\(name) is no key of the configuration; \(hint)")
        }
        if !problems.isEmpty { throw ConfigurationError(problems: problems) }
    }

    /// The value of a key, or its default, or nil where it has neither.
    public func value<Value>(_ key: ConfigurationKey<Value>) -> Value? {
        guard let text = environment[key.name] ?? key.defaultText else { return nil }
        // What is set was checked when it was read, and a test checks the defaults.
        return try? key.parse(text)
    }

    /// The value of a key, or its default.
    /// - Throws: ``ConfigurationError`` where it has neither, saying what is missing and how to set it.
    public func require<Value>(_ key: ConfigurationKey<Value>) throws(ConfigurationError) -> Value {
        guard let text = environment[key.name] ?? key.defaultText else {
            throw ConfigurationError(problems: [
                "\(key.name) is not set: \(key.summary) Expected \(key.form), for example \(key.name)=\(key.example)"
            ])
        }
        return try key.parse(text)
    }

    /// The same with other values for some keys, checked like all.
    public func setting(_ values: [String: String]) throws(ConfigurationError) -> Configuration {
        try Configuration(environment: environment.merging(values) { $1 })
    }

    /// Every key with its setting, in the order of their definition.
    public var entries: [Entry] {
        Self.keys.map { key in
            Entry(
                name: key.name, summary: key.summary, form: key.form, example: key.example, defaultText: key.defaultText,
                isSecret: key.isSecret, setting: environment[key.name])
        }
    }

    // MARK: - The keys

    /// A key without its type.
    private struct AnyKey: Sendable {
        let name: String
        let summary: String
        let form: String
        let example: String
        let defaultText: String?
        let isSecret: Bool
        let problem: @Sendable (String) -> String?

        init<Value>(_ key: ConfigurationKey<Value>) {
            name = key.name
            summary = key.summary
            form = key.form
            example = key.example
            defaultText = key.defaultText
            isSecret = key.isSecret
            problem = { text in
                do throws(ConfigurationError) {
                    _ = try key.parse(text)
                    return nil
                } catch { return error.description }
            }
        }
    }

    private static func any<Value>(_ key: ConfigurationKey<Value>) -> AnyKey { AnyKey(key) }

    private static let keys: [AnyKey] = [
        any(.amqpURL), any(.databaseURL), any(.queuesFile), any(.intakeHost), any(.intakePort), any(.publicURL), any(.sealingKeys),
        any(.indexKey), any(.keyPepper), any(.weChatURL), any(.weChatMerchant), any(.weChatApp), any(.weChatSerial),
        any(.weChatPrivateKeyFile), any(.weChatAPIv3Key), any(.weChatPlatformKeyFile), any(.weChatPlatformSerial), any(.kuaidi100URL),
        any(.kuaidi100Key), any(.kuaidi100Customer), any(.kuaidi100Salt), any(.smsURL), any(.smsAccessKeyID), any(.smsAccessKeySecret),
        any(.smsSignName), any(.paymentWindow), any(.confirmationWindow), any(.cancellationWindow), any(.trackingFirst),
        any(.trackingLongest), any(.quietHours),
        any(.webhookAllow), any(.sandboxMerchantKeys), any(.journalDays), any(.logLevel), any(.logFormat),
    ]

    /// Variables of ours that are no configuration: the tests', and what `sluice up` hands to its children.
    private static func isForeign(_ name: String) -> Bool { name.hasPrefix("SLUICE_TEST_") || name.hasPrefix("SLUICE_PRIVATE_") }

    /// The number of letters to change, add or leave out to make one name of the other (Levenshtein).
    private static func distance(_ one: String, _ other: String) -> Int {
        let columns = Array(other.utf8)
        var row = Array(0...columns.count)
        for (line, letter) in one.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in columns.indices {
                let replaced = diagonal + (letter == columns[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[columns.count]
    }
}

/// One key of the configuration: an environment variable with its type, its default and what it means.
public struct ConfigurationKey<Value: Sendable>: Sendable {
    /// The environment variable's name.
    public let name: String
    /// What it means, in one sentence or two.
    public let summary: String
    /// The value's form in words, and an example, for listings and errors.
    public let form: String
    public let example: String
    /// As it would be written; nil where there is none.
    public let defaultText: String?
    /// Whether the value is not to be shown.
    public let isSecret: Bool

    let read: @Sendable (String) -> Reading<Value>

    init(
        _ name: String, _ type: ConfigurationType<Value>, default: String? = nil, example: String? = nil, isSecret: Bool = false,
        _ summary: String
    ) {
        self.name = name
        self.summary = summary
        form = type.form
        self.example = example ?? `default` ?? type.example
        defaultText = `default`
        self.isSecret = isSecret
        read = type.read
    }

    /// Reads a value.
    /// - Throws: ``ConfigurationError`` with one problem.
    public func parse(_ text: String) throws(ConfigurationError) -> Value {
        switch read(text) {
        case .value(let value): return value
        case .problem(let problem):
            let shown = isSecret ? "its value" : "'\(text)'"
            throw ConfigurationError(problems: ["\(name): \(shown) \(problem); expected \(form), for example \(example)"])
        }
    }
}

/// What reading a text as a value came to.
enum Reading<Value: Sendable>: Sendable {
    case value(Value)
    /// What is wrong with the text, to be put after it: "is empty".
    case problem(String)
}

/// How values of a type are written.
struct ConfigurationType<Value: Sendable>: Sendable {
    let form: String
    let example: String
    let read: @Sendable (String) -> Reading<Value>
}

/// What is wrong with the configuration: every problem found, each with the key, what is wrong and an example.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let problems: [String]

    public init(problems: [String]) {
        self.problems = problems
    }

    public var description: String { problems.joined(separator: "\n") }
}

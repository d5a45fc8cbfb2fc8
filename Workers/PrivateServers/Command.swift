/// A program to be run: what `execve` would be given, and where its output goes.
public struct Command: Sendable {
    /// Where a program writes.
    public enum Output: Sendable, Equatable {
        /// Where this process writes.
        case inherited
        /// Both streams are appended to the file at this path, which is made if it is missing (mode 0640).
        case file(String)
        /// Both streams are kept, at most 1 MiB, and handed out with the ending.
        case captured
    }

    /// What the program is called in messages.
    public var name: String
    /// The program's absolute path and its arguments.
    public var words: [String]
    /// The whole environment: nothing is inherited.
    public var environment: [String: String]
    public var output: Output
    /// Whether the program's standard input is a pipe that this process holds open, and that therefore ends with it,
    /// however it ends. Otherwise standard input is empty.
    public var hasLifeline: Bool

    public init(
        name: String, words: [String], environment: [String: String] = Command.plainEnvironment, output: Output = .captured,
        hasLifeline: Bool = false
    ) {
        self.name = name
        self.words = words
        self.environment = environment
        self.output = output
        self.hasLifeline = hasLifeline
    }

    /// A search path and a UTF-8 locale, nothing else.
    public static let plainEnvironment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
    ]
}

/// Why a server, or a program it needs, could not be run: what was tried, what happened, what to do.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}

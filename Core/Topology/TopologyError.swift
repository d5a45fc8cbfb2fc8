/// What is wrong with a `queues.yaml`, where, and what to do about it.
public struct TopologyError: Error, Equatable, CustomStringConvertible {
    /// The line, from 1; 0 where the file as a whole is meant.
    public let line: Int
    /// What is wrong.
    public let what: String
    /// What to do.
    public let advice: String

    public init(line: Int, _ what: String, advice: String) {
        self.line = line
        self.what = what
        self.advice = advice
    }

    public var description: String { "queues.yaml:\(line): \(what); \(advice)" }
}

/// What is wrong with a JSON text or with a value in it, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The place as a JSON pointer (RFC 6901), for instance `/lines/3/sku`; empty for the whole document.
    public let pointer: String
    /// What is wrong and what was expected, without the value itself: it may be personal data.
    public let problem: String

    public init(pointer: String, problem: String) {
        self.pointer = pointer
        self.problem = problem
    }

    public var description: String { pointer.isEmpty ? problem : "\(pointer): \(problem)" }
}

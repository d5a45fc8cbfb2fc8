/// How long a set-back message waits, and the exchange that makes it wait: what is published there with a queue's name
/// as its routing key is in that queue after the delay.
public struct Delay: Hashable, Sendable, CustomStringConvertible {
    /// As written: a whole number and `ms`, `s`, `m`, `h` or `d`, such as `5s`.
    public let name: String
    public let duration: Duration

    /// The fanout exchange; the queue behind it has the same name.
    public var exchange: String { "delay.\(name)" }

    /// The duration in milliseconds, as the broker counts a message's time to live.
    public var milliseconds: Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }

    public var description: String { name }

    /// Reads `500ms`, `5s`, `30m`, `2h` or `7d`. Nil where the text is none of them, or is not above zero or is above 366 days.
    public init?(_ name: String) {
        guard let duration = Delay.duration(name), duration > .zero else { return nil }
        self.name = name
        self.duration = duration
    }

    /// A whole number and a unit (`ms`, `s`, `m`, `h`, `d`) as a duration of up to 366 days; nil where the text is none.
    public static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.count <= 11, let number = Int64(digits) else { return nil }
        let milliseconds: Int64
        switch text.dropFirst(digits.count) {
        case "ms": milliseconds = 1
        case "s": milliseconds = 1000
        case "m": milliseconds = 60_000
        case "h": milliseconds = 3_600_000
        case "d": milliseconds = 86_400_000
        default: return nil
        }
        let (product, isOver) = number.multipliedReportingOverflow(by: milliseconds)
        guard !isOver, product <= 366 * 86_400_000 else { return nil }
        return .milliseconds(product)
    }
}

/// What Aliyun answers for a telephone number: chosen by its last four digits.
///
/// `sluice sandbox --help` prints this table.
public enum PhoneBehaviour: String, CaseIterable, Sendable {
    case plain = ""
    case tooOften = "0001"
    case refused = "0002"
    case brokenOnce = "0003"

    /// The behaviour for a number.
    public init(phone: String) {
        self = PhoneBehaviour(rawValue: String(phone.suffix(4))) ?? .plain
    }

    /// The rule in words.
    public var explanation: String {
        switch self {
        case .plain: "all numbers but these: the message is taken"
        case .tooOften: "…0001: the first message of an OutId meets the flow control of the minute, the next try is taken"
        case .refused: "…0002: isv.MOBILE_NUMBER_ILLEGAL"
        case .brokenOnce: "…0003: the first message of an OutId meets isp.SYSTEM_ERROR, the next try is taken"
        }
    }

    /// The whole table, a line each.
    public static var table: String { allCases.map { "  \($0.explanation)" }.joined(separator: "\n") }
}

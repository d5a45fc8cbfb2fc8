public import FoundationEssentials

/// The number that people use for an order: 19 digits, `YYMMDD` of its day in China, twelve that follow from the order's
/// id and can't be counted through, and a check digit that finds every single wrong digit and nearly every swap (Luhn).
public struct OrderNumber: Sendable, Hashable, CustomStringConvertible {
    /// The digits as a whole number, as the database keeps them.
    public let value: Int64

    /// The number of an order placed at a time. Numbers of a day collide about once in 10¹² pairs; the database refuses
    /// the second, and the next `attempt` makes another.
    public init(order: UUID, at moment: Date, attempt: Int = 1) {
        let (year, month, day) = Self.day(of: moment)
        var hash = withUnsafeBytes(of: order.uuid) { bytes in
            bytes.loadUnaligned(as: UInt64.self) ^ bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        }
        // The finalizer of splitmix64: every bit of the id changes about half the digits.
        hash = hash &+ UInt64(attempt) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        hash ^= hash >> 31
        let date = Int64(year % 100) * 10_000 + Int64(month * 100 + day)
        let payload = date * 1_000_000_000_000 + Int64(hash % 1_000_000_000_000)
        value = payload * 10 + Self.checkDigit(of: payload)
    }

    /// A number as somebody typed it; nil where it isn't one or its check digit is wrong.
    public init?(_ text: String) {
        guard text.utf8.count == Self.digits, let value = Int64(text) else { return nil }
        self.init(value: value)
    }

    /// A number as the database keeps it; nil where its check digit is wrong.
    public init?(value: Int64) {
        guard value > 0, Self.checkDigit(of: value / 10) == value % 10 else { return nil }
        self.value = value
    }

    /// All digits, with leading zeros.
    public var text: String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, Self.digits - digits.utf8.count)) + digits
    }

    public var description: String { text }

    private static let digits = 19

    private static func checkDigit(of payload: Int64) -> Int64 {
        var sum: Int64 = 0
        var left = payload
        var isDoubled = true
        while left > 0 {
            var digit = left % 10
            if isDoubled {
                digit *= 2
                if digit > 9 { digit -= 9 }
            }
            sum += digit
            isDoubled.toggle()
            left /= 10
        }
        return (10 - sum % 10) % 10
    }

    /// The day in China (UTC+8, no summer time), by Hinnant's `civil_from_days`.
    private static func day(of moment: Date) -> (year: Int, month: Int, day: Int) {
        let seconds = Int(moment.timeIntervalSince1970.rounded(.down)) + 8 * 3600
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400 + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

public import FoundationEssentials

/// Times as text: `2018-06-08T10:34:56+08:00`, `2023-10-26T10:22:32Z`.
public enum RFC3339 {
    /// Reads a time with an offset; fractions of a second are dropped. Nil where it is none.
    public static func date(_ text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t") else { return nil }
        guard let seconds = local(Array(bytes[..<19])) else { return nil }
        var index = 19
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            while index < bytes.count, isDigit(bytes[index]) { index += 1 }
        }
        guard let offset = offset(bytes[index...]) else { return nil }
        return Date(timeIntervalSince1970: Double(seconds - offset))
    }

    /// Writes a time in UTC, to the second.
    public static func text(_ date: Date) -> String { "\(clock(date, offset: 0))Z" }

    /// Writes a time as it reads in China, to the second: `2018-06-08T10:34:56+08:00`.
    public static func beijing(_ date: Date) -> String { "\(clock(date, offset: 28_800))+08:00" }

    /// Reads `2012-08-28 16:33:19`, as couriers in China write it.
    public static func beijing(plain text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard bytes.count == 19, let seconds = local(bytes) else { return nil }
        return Date(timeIntervalSince1970: Double(seconds - 28_800))
    }

    /// Writes `2012-08-28 16:33:19`.
    public static func beijingPlain(_ date: Date) -> String {
        String(clock(date, offset: 28_800).map { $0 == "T" ? " " : $0 })
    }

    /// Seconds since 1970 of the 19 bytes `yyyy-MM-dd?HH:mm:ss`, read as UTC.
    private static func local(_ bytes: [UInt8]) -> Int? {
        func number(_ from: Int, _ count: Int) -> Int? {
            var value = 0
            for byte in bytes[from..<from + count] {
                guard isDigit(byte) else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return value
        }
        let dash = UInt8(ascii: "-")
        let colon = UInt8(ascii: ":")
        guard bytes[4] == dash, bytes[7] == dash, bytes[13] == colon, bytes[16] == colon,
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2), let minute = number(14, 2),
            let second = number(17, 2), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        return days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int? {
        let text = Array(bytes)
        if text == [UInt8(ascii: "Z")] || text == [UInt8(ascii: "z")] { return 0 }
        guard text.count == 6, text[3] == UInt8(ascii: ":"), [1, 2, 4, 5].allSatisfy({ isDigit(text[$0]) }) else { return nil }
        let digits = [1, 2, 4, 5].map { Int(text[$0] - UInt8(ascii: "0")) }
        let seconds = (digits[0] * 10 + digits[1]) * 3600 + (digits[2] * 10 + digits[3]) * 60
        switch text[0] {
        case UInt8(ascii: "+"): return seconds
        case UInt8(ascii: "-"): return -seconds
        default: return nil
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Days since 1970-01-01 in the Gregorian calendar, by counting years from March.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func clock(_ date: Date, offset: Int) -> String {
        let seconds = Int(date.timeIntervalSince1970.rounded(.down)) + offset
        let day = Int((Double(seconds) / 86_400).rounded(.down))
        let rest = seconds - day * 86_400
        // The inverse of `days`.
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return
            "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))T\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(width - text.count, 0)) + text
    }
}

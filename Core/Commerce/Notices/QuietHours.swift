public import FoundationEssentials

/// The hours in which nobody is sent an SMS, in a zone of a fixed offset (China has one zone and no summer time).
public struct QuietHours: Sendable, Equatable {
    /// Minutes after midnight, local time: quiet from `from` until just before `until`, over midnight where `from` is later.
    private let from: Int
    private let until: Int
    /// The zone's offset from UTC in minutes.
    private let offset: Int

    /// Never quiet.
    public static let none = QuietHours(from: 0, until: 0, offset: 0)
    /// 22:00 to 08:00 in China.
    public static let night = QuietHours(from: 22 * 60, until: 8 * 60, offset: 8 * 60)

    private init(from: Int, until: Int, offset: Int) {
        self.from = from
        self.until = until
        self.offset = offset
    }

    /// Reads `22:00-08:00` (in China, +08:00), `22:00-08:00+09:00` with a zone, or `none`; nil where it is none of these.
    public init?(parsing text: String) {
        if text == "none" {
            self = .none
            return
        }
        let bytes = Array(text.utf8)
        guard bytes.count == 11 || bytes.count == 17, bytes[5] == UInt8(ascii: "-"),
            let from = Self.minutes(bytes[0..<5]), let until = Self.minutes(bytes[6..<11])
        else { return nil }
        var offset = 8 * 60
        if bytes.count == 17 {
            guard let zone = Self.minutes(bytes[12..<17]), zone <= 14 * 60 else { return nil }
            switch bytes[11] {
            case UInt8(ascii: "+"): offset = zone
            case UInt8(ascii: "-"): offset = -zone
            default: return nil
            }
        }
        self.init(from: from, until: until, offset: offset)
    }

    private static func minutes(_ bytes: ArraySlice<UInt8>) -> Int? {
        let digits = bytes.map { Int($0) - 48 }
        guard digits.count == 5, bytes[bytes.startIndex + 2] == UInt8(ascii: ":") else { return nil }
        for index in [0, 1, 3, 4] where !(0...9).contains(digits[index]) { return nil }
        let (hour, minute) = (digits[0] * 10 + digits[1], digits[3] * 10 + digits[4])
        return hour < 24 && minute < 60 ? hour * 60 + minute : nil
    }

    /// When the quiet hours that `now` falls into end; nil where it falls into none.
    public func end(at now: Date) -> Date? {
        guard from != until else { return nil }
        let day = 24 * 60
        let seconds = Int(now.timeIntervalSince1970.rounded(.down))
        let local = floorModulo(seconds / 60 + offset, day)
        let since = floorModulo(local - from, day)
        let length = floorModulo(until - from, day)
        guard since < length else { return nil }
        return Date(timeIntervalSince1970: Double((seconds / 60 + length - since) * 60))
    }

    private func floorModulo(_ value: Int, _ modulus: Int) -> Int {
        let rest = value % modulus
        return rest < 0 ? rest + modulus : rest
    }
}

public import FoundationEssentials
public import JSON

extension Date {
    /// A time from milliseconds since 1970.
    public init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    /// Milliseconds since 1970, rounded to the nearest.
    public var milliseconds: Int64 {
        Int64((timeIntervalSince1970 * 1000).rounded())
    }
}

extension JSONObject {
    /// The times a message may name: 1970 to the year 9999, in milliseconds.
    private static var moments: ClosedRange<Int64> { 0...253_402_300_799_999 }

    /// A time in milliseconds since 1970.
    public mutating func moment(_ name: String) throws(JSONError) -> Date {
        Date(milliseconds: try integer(name, Self.moments))
    }
}

extension JSONWriter {
    /// Writes a time as milliseconds since 1970.
    public mutating func member(_ name: StaticString, _ moment: Date) {
        member(name, moment.milliseconds)
    }
}

extension JSONWriter {
    /// Writes an id only where there is one.
    public mutating func member(_ name: StaticString, ifPresent id: UUID?) {
        if let id { member(name, id) }
    }
}

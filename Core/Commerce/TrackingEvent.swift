public import FoundationEssentials
internal import JSON

/// One thing that a carrier says happened to a parcel.
public struct TrackingEvent: Sendable, Equatable {
    public var at: Date
    /// The carrier's or aggregator's code for it.
    public var code: String
    /// In the carrier's words.
    public var text: String

    public init(at: Date, code: String, text: String) {
        self.at = at
        self.code = code
        self.text = text
    }

    init(_ value: JSON, at pointer: String) throws(JSONError) {
        var json = try JSONObject(value, at: pointer)
        at = try json.moment("at_ms")
        code = try json.string("code", 0...64)
        text = try json.string("text", 0...4_000)
    }

    func write(to json: inout JSONWriter) {
        json.member("at_ms", at)
        json.member("code", code)
        json.member("text", text)
    }
}

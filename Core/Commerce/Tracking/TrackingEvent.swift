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

    init(_ value: JSON) throws(JSONError) {
        var json = try JSONObject(value)
        at = try json.moment("at_ms")
        code = try json.string("code", 0...64)
        text = try json.string("text", 0...4_000)
    }

    func write(to json: inout JSONWriter) {
        json.member("at_ms", at)
        json.member("code", code)
        json.member("text", text)
    }

    /// What makes an event the same one when it is reported again, to the parcel: its time and its code. Carriers rewrite texts.
    public struct Key: Sendable, Hashable, Comparable {
        /// Milliseconds since 1970.
        public let atMS: Int64
        public let code: String

        public init(atMS: Int64, code: String) {
            self.atMS = atMS
            self.code = code
        }

        /// By time; where two bear the same time, by code, so that every order of arrival agrees on which one is the later.
        public static func < (left: Key, right: Key) -> Bool {
            left.atMS != right.atMS ? left.atMS < right.atMS : left.code < right.code
        }
    }

    public var key: Key { Key(atMS: at.milliseconds, code: code) }
}

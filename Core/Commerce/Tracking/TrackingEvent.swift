/// One thing that a carrier reported of a parcel.
public struct TrackingEvent: Sendable, Equatable {
    /// When it happened by the carrier's clock, in milliseconds since 1970.
    public let atMS: Int64
    /// The carrier's code as ``TrackingCode`` reads it; empty where the report had none.
    public let code: String
    /// What the carrier says of it to people.
    public let text: String

    public init(atMS: Int64, code: String, text: String) {
        self.atMS = atMS
        self.code = code
        self.text = text
    }

    /// What makes an event the same one when it is reported again, to the parcel: its time and its code. Carriers rewrite texts.
    public struct Key: Sendable, Hashable, Comparable {
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

    public var key: Key { Key(atMS: atMS, code: code) }
}

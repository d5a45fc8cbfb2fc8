public import FoundationEssentials
public import JSON

/// The buyer was told.
public struct NoticeSent: Message, Equatable {
    public static let type = "notice.sent"

    /// The order's id.
    public var order: UUID
    /// What the notice says.
    public var template: String
    /// `inbox` or `sms`.
    public var channel: String

    public init(order: UUID, template: String, channel: String) {
        self.order = order
        self.template = template
        self.channel = channel
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        template = try json.string("template", 1...64)
        channel = try json.string("channel", 1...64)
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("template", template)
        json.member("channel", channel)
    }
}

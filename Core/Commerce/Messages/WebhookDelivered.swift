public import FoundationEssentials
public import JSON

/// An endpoint took an event.
public struct WebhookDelivered: Message, Equatable {
    public static let type = "webhook.delivered"

    /// The order's id.
    public var order: UUID?
    /// The endpoint's id.
    public var endpoint: UUID
    /// The event's id.
    public var event: UUID

    public init(order: UUID? = nil, endpoint: UUID, event: UUID) {
        self.order = order
        self.endpoint = endpoint
        self.event = event
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.optionalUUID("order")
        endpoint = try json.uuid("endpoint")
        event = try json.uuid("event")
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", ifPresent: order)
        json.member("endpoint", endpoint)
        json.member("event", event)
    }
}

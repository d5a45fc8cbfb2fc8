/// A message that the broker delivered and that waits to be acknowledged. Cheap to copy: its content is shared.
public struct Delivery: Sendable {
    /// What a delivery is acknowledged by; knows the session it belongs to.
    public struct Tag: Hashable, Sendable {
        /// Counts the times the subscription was opened: a tag of an older session means nothing to the broker.
        let session: UInt64
        /// The broker's delivery tag: 1, 2, 3 … on each channel.
        let number: UInt64
    }

    public let tag: Tag
    let content: Content

    public var exchange: String { content.exchange }
    public var routingKey: String { content.routingKey }
    public var properties: Properties { content.properties }
    public var body: [UInt8] { content.body }
    /// Whether it was delivered before, to whomever.
    public var isRedelivered: Bool { content.isRedelivered }
    /// How often it came back without an acknowledgement (`x-delivery-count`); 0 the first time.
    public var deliveryCount: Int {
        guard content.isRedelivered else { return 0 }
        return content.properties[header: "x-delivery-count"]?.integer.map { Int(clamping: $0) } ?? 0
    }
}

/// A message as it came in: delivered, or returned.
final class Content: Sendable {
    let deliveryTag: UInt64
    let isRedelivered: Bool
    let exchange: String
    let routingKey: String
    let properties: Properties
    let body: [UInt8]

    init(
        deliveryTag: UInt64 = 0, isRedelivered: Bool = false, exchange: String, routingKey: String,
        properties: consuming Properties = Properties(), body: consuming [UInt8] = []
    ) {
        self.deliveryTag = deliveryTag
        self.isRedelivered = isRedelivered
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
    }
}

/// A message that the broker delivered and that waits to be acknowledged.
public struct Delivery: Sendable {
    /// What a delivery is acknowledged by; knows the session it belongs to.
    public struct Tag: Hashable, Sendable {
        /// Counts the times the subscription was opened: a tag of an older session means nothing to the broker.
        let session: UInt64
        /// The broker's delivery tag: 1, 2, 3 … on each channel.
        let number: UInt64
    }

    public let tag: Tag
    public let exchange: String
    public let routingKey: String
    public let properties: Properties
    public let body: [UInt8]
    /// Whether it was delivered before, to whomever.
    public let isRedelivered: Bool
    /// How often it came back without an acknowledgement (`x-delivery-count`); 0 the first time.
    public let deliveryCount: Int
}

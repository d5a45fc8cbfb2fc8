/// What we say to the broker on a channel, besides publishing.
enum Method: Sendable {
    case openChannel
    case closeChannel
    case closeChannelOK
    case closeConnectionOK
    case confirmSelect
    case qos(prefetch: Int)
    case consume(queue: String)
    case cancelConsumer
    case declareExchange(name: String, kind: ExchangeKind, isPassive: Bool)
    case declareQueue(name: String, isPassive: Bool, arguments: [Header])
    case bind(queue: String, exchange: String, key: String)
    case unbind(queue: String, exchange: String, key: String)
    case purge(queue: String)
    case delete(queue: String)
    case acknowledge(tag: UInt64, multiple: Bool)
    case reject(tag: UInt64, multiple: Bool, requeue: Bool)
}

enum ExchangeKind: String, Sendable {
    case topic, fanout
}

/// What the broker answers to a method.
enum Reply: Sendable {
    case done
    /// A queue was declared, purged or deleted: the messages that are, or were, ready in it, and its consumers.
    case queue(messages: Int, consumers: Int)
}

/// What the broker says.
enum Event {
    case delivered(channel: UInt16, Content)
    /// No queue took this publication. Comes before its ack.
    case returned(channel: UInt16, code: Int, text: String, Content)
    case acknowledged(channel: UInt16, tag: UInt64, multiple: Bool)
    case nacked(channel: UInt16, tag: UInt64, multiple: Bool)
    case consumerCancelled(channel: UInt16)
    case reply(channel: UInt16, Reply)
    case channelClosed(channel: UInt16, code: Int, text: String)
    case connectionClosed(code: Int, text: String)
    case blocked(reason: String)
    case unblocked
}

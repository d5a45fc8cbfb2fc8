public import FoundationEssentials
internal import JSON
public import Messaging

/// A message as the broker carries it: the names of its properties and headers, in one place.
public struct Envelope: Sendable {
    public var id: UUID
    public var type: String
    public var order: UUID?
    /// The id of the message that caused it; nil for what came from outside.
    public var cause: UUID?
    /// Which attempt the next handling is, from 1.
    public var attempt: Int
    /// When it was first published, in seconds since 1970.
    public var publishedAt: Int64
    /// The W3C trace context of its story.
    public var traceparent: String?
    public var body: [UInt8]

    public init(
        id: UUID, type: String, order: UUID?, cause: UUID? = nil, attempt: Int = 1, publishedAt: Date = Date(),
        traceparent: String? = nil, body: [UInt8]
    ) {
        self.id = id
        self.type = type
        self.order = order
        self.cause = cause
        self.attempt = attempt
        self.publishedAt = Int64(publishedAt.timeIntervalSince1970)
        self.traceparent = traceparent
        self.body = body
    }

    /// Reads what the broker delivered; throws what is wrong with it, for the dead letters.
    public init(_ delivery: Delivery) throws(EnvelopeError) {
        guard let text = delivery.properties.messageID else { throw EnvelopeError(problem: "no message_id property") }
        guard let id = UUID(text: text) else { throw EnvelopeError(problem: "message_id is not a UUID") }
        guard let type = delivery.properties.type else { throw EnvelopeError(problem: "no type property") }
        self.id = id
        self.type = type
        attempt = 1
        publishedAt = delivery.properties.timestamp ?? 0
        body = delivery.body
        for header in delivery.properties.headers {
            switch (header.name, header.value) {
            case ("order", .string(let text)):
                guard let order = UUID(text: text) else { throw EnvelopeError(problem: "the header order is not a UUID") }
                self.order = order
            case ("cause", .string(let text)):
                guard let cause = UUID(text: text) else { throw EnvelopeError(problem: "the header cause is not a UUID") }
                self.cause = cause
            case ("attempt", .integer(let number)): attempt = Int(clamping: max(1, number))
            case ("traceparent", .string(let text)): traceparent = text
            default: break
            }
        }
    }

    /// To be published to the topic exchange, under its type.
    public func publication(exchange: String) -> Publication {
        publication(exchange: exchange, routingKey: type, adding: [])
    }

    /// To be published elsewhere: a delay, a queue of dead letters.
    func publication(exchange: String, routingKey: String, adding more: [Header]) -> Publication {
        var headers: [Header] = []
        headers.reserveCapacity(4 + more.count)
        if let order { headers.append(Header("order", .string(order.text))) }
        if let cause { headers.append(Header("cause", .string(cause.text))) }
        if attempt > 1 { headers.append(Header("attempt", .integer(Int64(attempt)))) }
        if let traceparent { headers.append(Header("traceparent", .string(traceparent))) }
        headers.append(contentsOf: more)
        let properties = Properties(
            messageID: id.text, type: type, contentType: "application/json", timestamp: publishedAt, headers: headers)
        return Publication(exchange: exchange, routingKey: routingKey, properties: properties, body: body)
    }
}

/// Why a delivery is no message of ours.
public struct EnvelopeError: Error, Sendable, CustomStringConvertible {
    public let problem: String
    public var description: String { "not a message: \(problem)" }
}

/// A message to be published: always persistent, mandatory and confirmed.
public struct Publication: Sendable, Equatable {
    /// At most 255 bytes; empty for the default exchange, whose routing keys are queue names.
    public var exchange: String
    /// At most 255 bytes.
    public var routingKey: String
    public var properties: Properties
    public var body: [UInt8]

    public init(exchange: String, routingKey: String, properties: Properties = Properties(), body: [UInt8]) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
    }
}

/// What became of a publication.
public enum Confirmation: Sendable, Equatable {
    /// The broker has it: every queue it was routed to, safely on disk.
    case confirmed
    /// No queue took it: nothing is bound to its routing key. The broker's code and words.
    case returned(code: Int, text: String)
    /// A queue refused it: it is at its bound, or cannot write.
    case nacked
}

/// A message's properties, as far as we use them. Each text is at most 255 bytes.
public struct Properties: Sendable, Equatable {
    public var messageID: String?
    public var type: String?
    public var contentType: String?
    /// Seconds since 1970.
    public var timestamp: Int64?
    /// Few: they are searched one after another.
    public var headers: [Header]

    public init(
        messageID: String? = nil, type: String? = nil, contentType: String? = nil, timestamp: Int64? = nil, headers: [Header] = []
    ) {
        self.messageID = messageID
        self.type = type
        self.contentType = contentType
        self.timestamp = timestamp
        self.headers = headers
    }

    /// The value of the first header with this name.
    public subscript(header name: String) -> HeaderValue? { headers.first { $0.name == name }?.value }
}

/// A named value beside the body.
public struct Header: Sendable, Equatable {
    /// At most 128 bytes.
    public var name: String
    public var value: HeaderValue

    public init(_ name: String, _ value: HeaderValue) {
        self.name = name
        self.value = value
    }
}

/// The kinds of header values we read and write.
public enum HeaderValue: Sendable, Equatable {
    case string(String)
    case integer(Int64)
    case bool(Bool)
    /// Anything else the broker may bring (tables, arrays, floats): known to be there, not read. Never sent.
    case other

    /// The text, if it is one.
    public var string: String? { if case .string(let string) = self { string } else { nil } }
    /// The number, if it is one.
    public var integer: Int64? { if case .integer(let integer) = self { integer } else { nil } }
}

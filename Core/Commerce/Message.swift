public import FoundationEssentials
public import JSON

/// What travels between workers: one type, one shape. The body is JSON; unknown members are ignored, so that a newer
/// writer and an older reader get along.
public protocol Message: Sendable {
    /// The routing key, for instance `order.placed`.
    static var type: String { get }

    /// Reads the members it knows.
    /// - Throws: a ``JSONError`` with the pointer of the member that is missing or wrong.
    init(json: inout JSONObject) throws(JSONError)

    /// Writes its members into an object that is open.
    func write(to json: inout JSONWriter)
}

extension Message {
    /// Reads a body.
    /// - Throws: a ``JSONError`` with the place and the problem.
    public init(parsing body: [UInt8]) throws(JSONError) {
        var json = try JSONObject(parsing: body)
        try self.init(json: &json)
    }

    /// The body, as UTF-8 JSON.
    public func encoded() -> [UInt8] {
        JSONWriter.object(reserving: 512) { write(to: &$0) }
    }
}

/// A message that tells about one order, and so whose it is.
public protocol OrderMessage: Message {
    var reference: OrderReference { get }
}

extension OrderMessage {
    /// The order's id.
    public var order: UUID { reference.order }
}

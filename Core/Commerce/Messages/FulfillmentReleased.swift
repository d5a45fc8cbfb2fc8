public import FoundationEssentials
public import JSON

/// A merchant may ship its part of an order.
public struct FulfillmentReleased: OrderMessage, Equatable {
    public static let type = "fulfillment.released"

    /// Which order, and whose.
    public var reference: OrderReference
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// The merchant's id.
    public var merchant: UUID
    /// What is to be shipped.
    public var lines: [Pieces]
    /// Whom it goes to, sealed.
    public var sealed: String?
    /// Where it goes, coarsely: a province or country.
    public var region: String?

    public init(
        reference: OrderReference, fulfillment: UUID, merchant: UUID, lines: [Pieces], sealed: String? = nil, region: String? = nil
    ) {
        self.reference = reference
        self.fulfillment = fulfillment
        self.merchant = merchant
        self.lines = lines
        self.sealed = sealed
        self.region = region
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        fulfillment = try json.uuid("fulfillment")
        merchant = try json.uuid("merchant")
        lines = try json.array("lines", 1...1_000) { value throws(JSONError) in try Pieces(value) }
        sealed = try json.optionalString("sealed")
        region = try json.optionalString("region", 0...200)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("fulfillment", fulfillment)
        json.member("merchant", merchant)
        json.array("lines", of: lines) { json, element in json.object { element.write(to: &$0) } }
        json.member("sealed", ifPresent: sealed)
        json.member("region", ifPresent: region)
    }
}

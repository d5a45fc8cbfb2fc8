public import FoundationEssentials
internal import JSON

/// A merchant's part of an order, frozen at placement. The shares' `gross` and the order's freight sum to its total.
public struct Share: Sendable, Equatable {
    /// The merchant's id.
    public var merchant: UUID
    /// The fulfillment order by which the merchant ships this part.
    public var fulfillment: UUID
    /// The goods' price less their part of the discount, in minor units.
    public var gross: Int64
    /// What the merchant pays for the sale, in basis points (hundredths of a percent) of `gross`.
    public var commissionBP: Int64

    public init(merchant: UUID, fulfillment: UUID, gross: Int64, commissionBP: Int64) {
        self.merchant = merchant
        self.fulfillment = fulfillment
        self.gross = gross
        self.commissionBP = commissionBP
    }

    init(_ value: JSON) throws(JSONError) {
        var json = try JSONObject(value)
        merchant = try json.uuid("merchant")
        fulfillment = try json.uuid("fulfillment")
        gross = try json.integer("gross", 0...Money.limit)
        commissionBP = try json.integer("commission_bp", 0...10_000)
    }

    func write(to json: inout JSONWriter) {
        json.member("merchant", merchant)
        json.member("fulfillment", fulfillment)
        json.member("gross", gross)
        json.member("commission_bp", commissionBP)
    }

    static func read(from json: inout JSONObject) throws(JSONError) -> [Share] {
        try json.array("shares", 1...1_000) { value throws(JSONError) in try Share(value) }
    }

    static func write(_ shares: [Share], to json: inout JSONWriter) {
        json.array("shares", of: shares) { json, share in json.object { share.write(to: &$0) } }
    }
}

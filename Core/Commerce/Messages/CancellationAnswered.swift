public import FoundationEssentials
public import JSON

/// What became of a wish to cancel one part of an order, for the storefront; also of a part that the merchant will not ship.
public struct CancellationAnswered: OrderMessage, Equatable {
    public static let type = "cancellation.answered"

    /// Which order, and whose.
    public var reference: OrderReference
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// Whether it is cancelled.
    public var outcome: CancellationOutcome
    /// Why, in a word of ours (`shipped`, `completed`, `requested`, `no_answer`, `merchant`) or in the merchant's.
    public var reason: String
    /// What goes back for it, in minor units.
    public var refunded: Int64

    public init(reference: OrderReference, fulfillment: UUID, outcome: CancellationOutcome, reason: String, refunded: Int64) {
        self.reference = reference
        self.fulfillment = fulfillment
        self.outcome = outcome
        self.reason = reason
        self.refunded = refunded
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        fulfillment = try json.uuid("fulfillment")
        outcome = try json.choice("outcome", as: CancellationOutcome.self)
        reason = try json.string("reason", 0...400)
        refunded = try json.integer("refunded", 0...Money.limit)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("fulfillment", fulfillment)
        json.member("outcome", outcome.rawValue)
        json.member("reason", reason)
        json.member("refunded", refunded)
    }
}

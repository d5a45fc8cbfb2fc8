public import FoundationEssentials
public import JSON

/// A merchant is asked whether a fulfillment order can still be cancelled. No answer counts as yes.
public struct CancellationAsked: OrderMessage, Equatable {
    public static let type = "cancellation.asked"

    /// Which order, and whose.
    public var reference: OrderReference
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// The merchant's id.
    public var merchant: UUID
    /// In the words of who wants it cancelled.
    public var reason: String
    /// Until when the merchant may answer.
    public var answerBy: Date

    public init(reference: OrderReference, fulfillment: UUID, merchant: UUID, reason: String, answerBy: Date) {
        self.reference = reference
        self.fulfillment = fulfillment
        self.merchant = merchant
        self.reason = reason
        self.answerBy = answerBy
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        fulfillment = try json.uuid("fulfillment")
        merchant = try json.uuid("merchant")
        reason = try json.string("reason", 0...400)
        answerBy = try json.moment("answer_by_ms")
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("fulfillment", fulfillment)
        json.member("merchant", merchant)
        json.member("reason", reason)
        json.member("answer_by_ms", answerBy)
    }
}

public import FoundationEssentials
public import JSON

/// A merchant says something of its fulfillment order other than that it shipped.
public struct FulfillmentInstructed: Message, Equatable {
    public static let type = "fulfillment.instructed"

    /// The order's id.
    public var order: UUID
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// The merchant's id.
    public var merchant: UUID
    /// What it says.
    public var instruction: FulfillmentInstruction
    /// Why, in its words; empty where it needs none.
    public var reason: String

    /// For `short`: how many pieces of each line are missing in all, whatever was said of them before.
    public var portions: [Portion]?

    public init(
        order: UUID, fulfillment: UUID, merchant: UUID, instruction: FulfillmentInstruction, reason: String, portions: [Portion]? = nil
    ) {
        self.order = order
        self.fulfillment = fulfillment
        self.merchant = merchant
        self.instruction = instruction
        self.reason = reason
        self.portions = portions
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        fulfillment = try json.uuid("fulfillment")
        merchant = try json.uuid("merchant")
        instruction = try json.choice("instruction", as: FulfillmentInstruction.self)
        reason = try json.string("reason", 0...400)
        portions = try json.optionalArray("portions", 1...1_000) { value throws(JSONError) in try Portion(value) }
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("fulfillment", fulfillment)
        json.member("merchant", merchant)
        json.member("instruction", instruction.rawValue)
        json.member("reason", reason)
        if let portions {
            json.array("portions", of: portions) { json, portion in json.object { portion.write(to: &$0) } }
        }
    }
}

public import FoundationEssentials
public import JSON

/// What a merchant said of its fulfillment order does not fit how that stands, and changed nothing.
public struct InstructionRefused: OrderMessage, Equatable {
    public static let type = "instruction.refused"

    /// Which order, and whose.
    public var reference: OrderReference
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// The merchant's id.
    public var merchant: UUID
    /// What it said.
    public var instruction: String
    /// How the fulfillment order stands.
    public var state: FulfillmentState

    public init(reference: OrderReference, fulfillment: UUID, merchant: UUID, instruction: String, state: FulfillmentState) {
        self.reference = reference
        self.fulfillment = fulfillment
        self.merchant = merchant
        self.instruction = instruction
        self.state = state
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        fulfillment = try json.uuid("fulfillment")
        merchant = try json.uuid("merchant")
        instruction = try json.string("instruction", 1...64)
        state = try json.choice("state", as: FulfillmentState.self)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("fulfillment", fulfillment)
        json.member("merchant", merchant)
        json.member("instruction", instruction)
        json.member("state", state.rawValue)
    }
}

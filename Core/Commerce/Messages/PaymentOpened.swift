public import FoundationEssentials
public import JSON

/// The buyer can pay.
public struct PaymentOpened: OrderMessage, Equatable {
    public static let type = "payment.opened"

    /// Which order, and whose.
    public var reference: OrderReference
    /// How it is paid.
    public var method: PaymentMethod
    /// What the code to scan holds.
    public var codeURL: String
    /// Until when the buyer can pay.
    public var expiresAt: Date

    public init(reference: OrderReference, method: PaymentMethod, codeURL: String, expiresAt: Date) {
        self.reference = reference
        self.method = method
        self.codeURL = codeURL
        self.expiresAt = expiresAt
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        method = try json.choice("method", as: PaymentMethod.self)
        codeURL = try json.string("code_url", 0...2048)
        expiresAt = try json.moment("expires_at_ms")
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("method", method.rawValue)
        json.member("code_url", codeURL)
        json.member("expires_at_ms", expiresAt)
    }
}

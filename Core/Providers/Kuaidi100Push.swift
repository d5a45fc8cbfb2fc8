internal import JSON

/// What Kuaidi100 tells of its own accord about a parcel that we subscribed to. It may tell it again, and late.
public struct Kuaidi100Push: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable {
        /// Still watching.
        case polling
        /// Delivered: no more will come.
        case shutdown
        /// Given up: nothing was found for 3 days, or nothing changed for 60.
        case abort
        /// All of it once more.
        case updateall
    }

    public var status: Status
    /// The courier that the parcel turned out to be with, where it differs from the one subscribed to.
    public var correctedCarrier: String?
    /// The whole story so far; nil where an `abort` has none.
    public var report: CourierReport?

    /// What Kuaidi100 wants to read, with status 200; anything else makes it push again.
    public static let success = Array(#"{"result":true,"returnCode":"200","message":"成功"}"#.utf8)
}

/// Believes and reads Kuaidi100's pushes.
public struct Kuaidi100Pushes: Sendable {
    private let salt: String

    public init(salt: String) {
        self.salt = salt
    }

    /// - Parameter body: the form as received.
    public func open(body: [UInt8]) throws(VerificationError) -> Kuaidi100Push {
        guard let fields = Form.decode(body) else { throw VerificationError(.unreadable, "the body is no form") }
        guard let param = fields.first(where: { $0.name == "param" })?.value else {
            throw VerificationError(.missing, "the field param is missing")
        }
        guard let sign = fields.first(where: { $0.name == "sign" })?.value else {
            throw VerificationError(.missing, "the field sign is missing")
        }
        guard isEqualInConstantTime(Array(sign.utf8), Array(Kuaidi100Signature.push(param: param, salt: salt).utf8)) else {
            throw VerificationError(.badSignature, "the sign does not belong to the param")
        }
        do throws(JSONError) {
            var json = try JSONObject(parsing: Array(param.utf8))
            let status = try json.choice("status", as: Kuaidi100Push.Status.self)
            let isCorrected = try json.optionalString("autoCheck") == "1"
            let carrier = try json.optionalString("comNew")
            let last = json.value("lastResult")
            // An abort may carry a result that says nothing, or a message instead.
            let hasResult: Bool
            if case .object(let members)? = last { hasResult = members.contains { $0.name == "nu" } } else { hasResult = false }
            var report: CourierReport?
            if hasResult, var object = try json.optionalObject("lastResult") { report = try CourierReport(json: &object) }
            if report == nil, status != .abort { throw JSONError(pointer: "/lastResult", problem: "is required") }
            return Kuaidi100Push(status: status, correctedCarrier: isCorrected && carrier != "" ? carrier : nil, report: report)
        } catch {
            throw VerificationError(.unreadable, error.description)
        }
    }
}

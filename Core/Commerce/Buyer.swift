internal import JSON

/// Who buys, without personal data: that is sealed by the intake, and only who may unseal it reads it.
public struct Buyer: Sendable, Equatable {
    /// The storefront's own name for the buyer.
    public var ref: String
    /// Name, phone and address, sealed.
    public var sealed: String
    /// A keyed index of the phone number, by which orders are found; nil where there is no phone.
    public var phoneIndex: String?
    /// Where the parcel goes, coarsely: a province or country.
    public var region: String?

    public init(ref: String, sealed: String, phoneIndex: String?, region: String?) {
        self.ref = ref
        self.sealed = sealed
        self.phoneIndex = phoneIndex
        self.region = region
    }

    init(json: inout JSONObject) throws(JSONError) {
        ref = try json.string("ref", 0...200)
        sealed = try json.string("sealed")
        phoneIndex = try json.optionalString("phone_index", 0...200)
        region = try json.optionalString("region", 0...200)
    }

    func write(to json: inout JSONWriter) {
        json.member("ref", ref)
        json.member("sealed", sealed)
        json.member("phone_index", ifPresent: phoneIndex)
        json.member("region", ifPresent: region)
    }
}

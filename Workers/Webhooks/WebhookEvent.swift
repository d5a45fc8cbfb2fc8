internal import Commerce
internal import FoundationEssentials
internal import JSON

/// What is told, and to whom. Holds no personal data in the clear: an address stays sealed until the call is made.
struct WebhookEvent: Sendable, Equatable {
    /// The storefront, or the merchant.
    let party: UUID
    /// `data` as a JSON object without its last brace, so that an address can be added.
    private let data: [UInt8]
    /// Whom the goods go to, sealed, for a merchant who is to ship them.
    let address: Address?

    struct Address: Sendable, Equatable {
        let sealed: String
        let order: UUID
        let region: String?
    }

    init(_ party: UUID, address: Address? = nil, _ content: (inout JSONWriter) -> Void) {
        self.party = party
        self.address = address
        data = Array(JSONWriter.object(reserving: 512, content).dropLast())
    }

    /// The body of the call: `type`, `timestamp` and `data`. The same on every attempt.
    /// - Parameter person: whom the goods go to, where that is to be told.
    func body(type: String, at timestamp: String, person: Person?) -> [UInt8] {
        var data = data
        if let person, let address {
            let shipTo = JSONWriter.object { json in
                json.object("ship_to") { json in
                    json.member("name", person.name)
                    json.member("phone", person.phone.e164)
                    json.member("region", ifPresent: address.region)
                    json.member("address", person.address)
                    json.member("postcode", ifPresent: person.postcode)
                }
            }
            data.append(UInt8(ascii: ","))
            data += shipTo.dropFirst().dropLast()
        }
        data.append(UInt8(ascii: "}"))
        return JSONWriter.object(reserving: data.count + 128) { json in
            json.member("type", type)
            json.member("timestamp", timestamp)
            json.name("data")
            json.raw(data)
        }
    }
}

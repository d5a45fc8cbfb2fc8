public import FoundationEssentials
internal import JSON

/// Whom an order goes to: the personal data that is only ever kept sealed.
public struct Person: Sendable, Equatable {
    /// The name on the parcel.
    public let name: String
    public let phone: PhoneNumber
    /// Where the parcel goes, without the region: street, house, flat.
    public let address: String
    public let postcode: String?

    public init(name: String, phone: PhoneNumber, address: String, postcode: String? = nil) {
        self.name = name
        self.phone = phone
        self.address = address
        self.postcode = postcode
    }
}

extension Sealing {
    /// Seals a person's data for an order.
    public func seal(_ person: Person, order: UUID) throws(SealingError) -> String {
        let plain = JSONWriter.object { json in
            json.member("name", person.name)
            json.member("phone", person.phone.e164)
            json.member("address", person.address)
            json.member("postcode", ifPresent: person.postcode)
        }
        return try seal(plain, order: order)
    }

    /// Opens a person's data: for the few places that need it, such as the one that sends an SMS.
    /// - Throws: a ``SealingError``; `malformed` also where what was sealed is no person.
    public func person(_ sealed: String, order: UUID) throws(SealingError) -> Person {
        let plain = try open(sealed, order: order)
        do {
            var json = try JSONObject(parsing: plain)
            guard let phone = PhoneNumber(e164: try json.string("phone")) else {
                throw SealingError(.malformed, "what was sealed holds no phone number")
            }
            return Person(
                name: try json.string("name"), phone: phone, address: try json.string("address"),
                postcode: try json.optionalString("postcode"))
        } catch let error as SealingError {
            throw error
        } catch {
            throw SealingError(.malformed, "what was sealed is not a person's data")
        }
    }
}

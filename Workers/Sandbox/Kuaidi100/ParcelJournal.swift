import FoundationEssentials
import JSON

/// How parcels stand in the journal.
extension Memory<Parcel> {
    /// Goes one entry of the journal forward.
    mutating func replay(_ entry: JSONObject, kind: String) {
        var json = entry
        guard let number = try? json.string("number"), let at = try? json.integer("at_ms") else { return }
        let now = Date(timeIntervalSince1970: Double(at) / 1_000)
        switch kind {
        case "parcel.began":
            guard let company = try? json.string("company") else { return }
            insert(number, Parcel(number: number, company: company, beganAt: now))
        case "parcel.subscribed":
            guard let callback = try? json.string("callback"), let wantsCodes = try? json.bool("codes") else { return }
            let salt = (try? json.optionalString("salt")) ?? nil
            _ = update(number) { $0.subscription = Parcel.Subscription(callback: callback, salt: salt, wantsCodes: wantsCodes, at: now) }
        case "parcel.done": _ = update(number) { $0.isDone = true }
        default: return
        }
    }
}

extension Journal {
    func began(_ parcel: Parcel) {
        write("parcel.began") { json in
            json.member("number", parcel.number)
            json.member("at_ms", parcel.beganAt.milliseconds)
            json.member("company", parcel.company)
        }
    }

    func subscribed(_ parcel: Parcel, to subscription: Parcel.Subscription) {
        write("parcel.subscribed") { json in
            json.member("number", parcel.number)
            json.member("at_ms", subscription.at.milliseconds)
            json.member("callback", subscription.callback)
            json.member("salt", ifPresent: subscription.salt)
            json.member("codes", subscription.wantsCodes)
        }
    }
}

import FoundationEssentials
import JSON

/// A fulfillment order that a merchant was asked to ship.
struct Release: Sendable {
    let fulfillment: String
    let order: String
    let merchant: String
    let carrier: String
    var isShipped = false

    /// The number on the parcel: the same for the same fulfillment order, whoever asks.
    var waybill: String {
        let prefix = carrier == "shunfeng" ? "SF" : carrier.prefix(1).uppercased() + "T"
        return prefix + Seed("waybill " + fulfillment).digits(13)
    }
}

/// How releases stand in the journal.
extension Memory<Release> {
    mutating func replay(_ entry: JSONObject, kind: String) {
        var json = entry
        guard let number = try? json.string("number") else { return }
        switch kind {
        case "fulfillment.released":
            guard let order = try? json.string("order"), let merchant = try? json.string("merchant"),
                let carrier = try? json.string("carrier")
            else { return }
            insert(number, Release(fulfillment: number, order: order, merchant: merchant, carrier: carrier))
        case "fulfillment.shipped": _ = update(number) { $0.isShipped = true }
        default: return
        }
    }
}

extension Journal {
    func released(_ release: Release, at now: Date) {
        write("fulfillment.released") { json in
            json.member("number", release.fulfillment)
            json.member("at_ms", now.milliseconds)
            json.member("order", release.order)
            json.member("merchant", release.merchant)
            json.member("carrier", release.carrier)
        }
    }
}

import JSON
import Synchronization

/// Takes webhooks: verifies them, counts them, and knows which came before.
final class WebhookInbox: Sendable {
    private struct Counts: Sendable {
        var verified = 0
        var refused = 0
        var repeats = 0
        var types: [String: Int] = [:]
        var seen: Memory<Bool>
    }

    private let seal: WebhookSeal
    private let counts: Mutex<Counts>

    /// How many types are told apart.
    private static let typeLimit = 200

    init(secret: String, limit: Int) throws(SandboxError) {
        guard let seal = WebhookSeal(secret: secret) else { throw SandboxError("a webhook secret isn't whsec_ and Base64") }
        self.seal = seal
        counts = Mutex(Counts(seen: Memory(limit: limit)))
    }

    /// What a call turned out to be.
    enum Taking {
        /// For the first time: its type and its `data`.
        case new(type: String, data: JSONObject)
        case again
        case refused(Reply)
    }

    func take(_ call: Call) -> Taking {
        guard call.method == "POST", call.path == "/webhooks" else { return .refused(Reply(404)) }
        let id: String
        do throws(WebhookSeal.Refusal) {
            id = try seal.verify(call)
        } catch {
            return refuse(401, error.message)
        }
        guard var json = try? JSONObject(parsing: call.body), let type = try? json.string("type", 1...128),
            let data = try? json.object("data")
        else { return refuse(400, "type and data are required") }
        return counts.withLock { counts in
            counts.verified += 1
            guard counts.seen[id] == nil else {
                counts.repeats += 1
                return .again
            }
            counts.seen.insert(id, true)
            if counts.types[type] != nil || counts.types.count < Self.typeLimit { counts.types[type, default: 0] += 1 }
            return .new(type: type, data: data)
        }
    }

    private func refuse(_ status: Int, _ message: String) -> Taking {
        counts.withLock { $0.refused += 1 }
        return .refused(.json(status) { $0.member("error", message) })
    }

    func report(_ json: inout JSONWriter) {
        counts.withLock { counts in
            json.member("verified", counts.verified)
            json.member("refused", counts.refused)
            json.member("repeats", counts.repeats)
            json.object("types") { json in
                for (type, count) in counts.types.sorted(by: { $0.key < $1.key }) {
                    json.name(type)
                    json.value(count)
                }
            }
        }
    }
}

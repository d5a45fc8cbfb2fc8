internal import Database
internal import Hummingbird
internal import JSON
internal import Messaging
internal import Work

/// `GET /readyz`: whether orders can be taken, and by whom they would be kept. `503` only where they can't.
struct Readiness: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let broker = desk.place.broker.state
        let brokerTakes = broker.isReady && desk.handover.trustsBroker
        let database = desk.place.database
        let databaseTakes = await Deadline.within(.seconds(1)) { (try? await database.query(Query("select 1"))) != nil } ?? false
        let hasKeys = desk.keys.isLoaded
        let isFull = desk.gauge.isNearBound
        let isReady = hasKeys && !isFull && (brokerTakes || databaseTakes)
        let body = JSONWriter.object { json in
            json.member("status", !isReady ? "unavailable" : brokerTakes && databaseTakes ? "ready" : "degraded")
            json.member("mode", brokerTakes ? "broker" : databaseTakes ? "spool" : "none")
            json.object("broker") { json in
                json.member("up", broker.isConnected)
                json.member("blocked", broker.isBlocked)
                json.member("confirms", brokerTakes)
                json.member("reason", broker.reason)
            }
            json.object("database") { $0.member("up", databaseTakes) }
            json.object("keys") { $0.member("loaded", hasKeys) }
            json.object("queue") { $0.member("near_bound", isFull) }
        }
        return .json(isReady ? .ok : .serviceUnavailable, body)
    }
}

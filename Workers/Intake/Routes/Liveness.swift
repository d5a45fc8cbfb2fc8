internal import Hummingbird
internal import JSON

/// `GET /livez`: the process runs. Asks nobody, so that nobody's trouble restarts it.
struct Liveness: Route {
    func respond(to request: IncomingRequest) async throws -> Response {
        .json(.ok, JSONWriter.object { $0.member("status", "ok") })
    }
}

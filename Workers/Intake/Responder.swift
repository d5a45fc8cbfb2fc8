internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import JSON
internal import Logging
internal import NIOCore
internal import Work

/// One thing that the API can be asked for; `Routes/` has a file for each.
protocol Route: Sendable {
    /// - Throws: a ``Problem``; anything else is a fault of ours, answered with 503 and logged.
    func respond(to request: IncomingRequest) async throws -> Response
}

/// Finds the route for a path and answers every refusal as a ``Problem``.
struct Responder: Sendable {
    private let desk: Desk
    private let date = DateField()

    init(desk: Desk) {
        self.desk = desk
    }

    /// Answers a request.
    /// - Throws: where the request broke off: the connection then ends.
    func respond(to request: Request, _ writer: consuming ResponseWriter, on channel: any Channel) async throws {
        var response = try await response(to: request, on: channel)
        response.headers[.date] = date.text(at: Date())
        try await writer.write(response: response.head, body: response.body)
    }

    private func response(to request: Request, on channel: any Channel) async throws -> Response {
        do {
            let (route, id) = try route(method: request.method, path: request.uri.path)
            return try await route.respond(to: IncomingRequest(request: request, id: id, logger: desk.place.logger))
        } catch let problem as Problem {
            if problem.closes { close(channel) }
            return problem.response
        } catch let broken as ConnectionBroken {
            throw broken.cause
        } catch {
            desk.place.logger.error("a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return Problem.unavailable("this can't be answered for the moment", retryAfter: 2).response
        }
    }

    /// The map of the API.
    private func route(method: HTTPRequest.Method, path: String) throws(Problem) -> (any Route, UUID?) {
        let parts = path.split(separator: "/", maxSplits: 5)
        switch parts.count {
        case 1 where parts[0] == "livez": return (try only(.get, method, Liveness()), nil)
        case 1 where parts[0] == "readyz": return (try only(.get, method, Readiness(desk: desk)), nil)
        case 2 where parts[0] == "v1" && parts[1] == "orders": return (try only(.post, method, SubmitOrder(desk: desk)), nil)
        case 2 where parts[0] == "webhooks" && parts[1] == "wechat": return (try only(.post, method, WeChatWebhook(desk: desk)), nil)
        case 2 where parts[0] == "webhooks" && parts[1] == "kuaidi100": return (try only(.post, method, Kuaidi100Webhook(desk: desk)), nil)
        case 3 where parts[0] == "v1" && parts[1] == "orders": return (try only(.get, method, ReadOrder(desk: desk)), try id(parts[2]))
        case 4 where parts[0] == "v1" && parts[1] == "orders" && parts[3] == "cancel":
            return (try only(.post, method, CancelOrder(desk: desk)), try id(parts[2]))
        case 4 where parts[0] == "v1" && parts[1] == "orders" && parts[3] == "received":
            return (try only(.post, method, ReceiveOrder(desk: desk)), try id(parts[2]))
        case 4 where parts[0] == "v1" && parts[1] == "fulfillments" && parts[3] == "ship":
            return (try only(.post, method, ShipFulfillment(desk: desk)), try id(parts[2]))
        case 4 where parts[0] == "v1" && parts[1] == "fulfillments":
            if parts[3] == "correct" { return (try only(.post, method, CorrectShipment(desk: desk)), try id(parts[2])) }
            guard let verb = InstructFulfillment.Verb(rawValue: String(parts[3])) else { throw .notFound("there is nothing at this path") }
            return (try only(.post, method, InstructFulfillment(desk: desk, verb: verb)), try id(parts[2]))
        default: throw .notFound("there is nothing at this path")
        }
    }

    private func only(_ allowed: HTTPRequest.Method, _ method: HTTPRequest.Method, _ route: any Route) throws(Problem) -> any Route {
        guard method == allowed else { throw .wrongMethod(allowed: allowed.rawValue) }
        return route
    }

    private func id(_ text: Substring) throws(Problem) -> UUID {
        guard let id = UUID(text: String(text)) else { throw .notFound("the path holds no UUID where one was expected") }
        return id
    }

    /// Closes a connection once its answer had time to leave: what still comes in is not read to its end.
    private func close(_ channel: any Channel) {
        channel.eventLoop.scheduleTask(in: .milliseconds(200)) { channel.close(promise: nil) }
    }
}

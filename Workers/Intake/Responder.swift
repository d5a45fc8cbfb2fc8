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

/// Answers each request by the route that its path has (see ``Desk/endpoints``), and every refusal as a ``Problem``.
struct Responder: Sendable {
    private let desk: Desk
    private let table: RouteTable
    private let date = DateField()

    init(desk: Desk) {
        self.desk = desk
        table = RouteTable(desk.endpoints)
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
            let (endpoint, parameters) = try table.find(request.method, request.uri.path)
            return try await endpoint.route.respond(
                to: IncomingRequest(request: request, parameters: parameters, channel: channel, logger: desk.place.logger))
        } catch let problem as Problem {
            if problem.closes { channel.hangUp() }
            return problem.response
        } catch let broken as ConnectionBroken {
            throw broken.cause
        } catch {
            desk.place.logger.error("a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return Problem.unavailable("this can't be answered for the moment", retryAfter: 2).response
        }
    }
}

extension Channel {
    /// Closes a connection once its answer had time to leave: what still comes in is not read to its end.
    func hangUp() {
        eventLoop.scheduleTask(in: .milliseconds(200)) { self.close(promise: nil) }
    }
}

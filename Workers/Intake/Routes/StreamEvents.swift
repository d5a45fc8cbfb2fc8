internal import Commerce
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import Store

/// `GET /v1/orders/{id}/events`: the changes of an order as server-sent events, the past ones first, and the new ones as they
/// happen, until the order has ended. `Last-Event-ID` names the event after which to begin. An order that has ended is told in one
/// go; with nothing left to tell that is `204`, on which browsers don't come back.
struct StreamEvents: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let (storefront, _) = try desk.storefront(request)
        guard let order = request.id else { throw Problem.notFound("no order is named") }
        let last = try last(request)
        let view: OrderView?
        do { view = try await desk.access.order(order, of: storefront) } catch {
            throw Problem.unavailable("events can't be read for the moment", retryAfter: 2)
        }
        if let view {
            if view.endedAt != nil { return try await past(of: order, after: last) }
        } else {
            // Taken by this process and not placed yet, or rejected.
            guard desk.recent.entry(of: order)?.storefront == storefront else { throw Problem.notFound("no such order, or not placed yet") }
        }
        guard let stream = desk.hub.stream(of: order, for: storefront, after: last) else {
            throw Problem.unavailable("too many streams are open: try again later, or poll", retryAfter: 5)
        }
        return Self.events(
            ResponseBody { writer in
                for await bytes in stream { try await writer.write(ByteBuffer(bytes: bytes)) }
                try await writer.finish(nil)
            })
    }

    private func past(of order: UUID, after last: UUID?) async throws -> Response {
        var events = try await desk.access.feed([(order, .distantPast)]).compactMap(OrderEvent.init)
        if let last, let index = events.firstIndex(where: { $0.id == last }) { events.removeFirst(index + 1) }
        if events.isEmpty { return Response(status: .noContent) }
        return Self.events(ResponseBody(byteBuffer: ByteBuffer(bytes: events.flatMap(\.text))))
    }

    private func last(_ request: IncomingRequest) throws(Problem) -> UUID? {
        guard let text = request.field(named: "last-event-id"), !text.isEmpty else { return nil }
        guard let id = UUID(text: text) else {
            throw .badRequest("Last-Event-ID is none that a stream gave", code: "last_event_id_invalid")
        }
        return id
    }

    private static func events(_ body: ResponseBody) -> Response {
        var response = Response(status: .ok, body: body)
        response.headers[.contentType] = "text/event-stream"
        response.headers[.cacheControl] = "no-store"
        return response
    }
}

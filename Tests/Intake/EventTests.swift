import Logging
import Commerce
import Database
import Foundation
import HTTPClient
import JSON
import Store
import Support
import Synchronization
import Testing
import Work

@testable import Intake

@Suite(.serialized) struct EventTests {
    @Test func `a stream tells the past, then what happens, and ends with the order`() async throws {
        try await Fixture.run { intake in
            let order = StoredOrder()
            try await intake.store([order])
            let story = try await intake.begin(order, causing: "order.placed")
            let stream = EventStream(intake, order.id)
            try await eventually("the past is told") { stream.text.contains("event: order.placed") }
            try await intake.journal(order, cause: story, type: "stock.reserved", causing: ["payment.opened", "settlement.posted"])
            try await eventually("what happens is told") { stream.text.contains("event: payment.opened") }
            #expect(!stream.isOver)
            try await intake.journal(order, cause: story, type: "shipment.delivered", causing: ["order.completed"])
            try await eventually("it ends") { stream.isOver }
            #expect(stream.text.hasPrefix("HTTP/1.1 200") && stream.text.contains("text/event-stream"))
            #expect(stream.types == ["order.placed", "payment.opened", "order.completed"])
            #expect(!stream.text.contains("sealed") && !stream.text.contains("u-1"))
            #expect(stream.text.contains(#""number":"\#(order.number.text)""#))
        }
    }

    @Test func `a stream that is taken up again begins after its last event, and one that has ended says so`() async throws {
        try await Fixture.run { intake in
            let order = StoredOrder()
            try await intake.store([order])
            let story = try await intake.begin(order, causing: "order.placed")
            try await intake.journal(order, cause: story, type: "stock.reserved", causing: ["payment.opened"])
            let first = EventStream(intake, order.id)
            try await eventually("both are told") { first.types.count == 2 }
            let id = try #require(first.ids.first)
            let second = EventStream(intake, order.id, after: id)
            try await eventually("the second is told") { second.types == ["payment.opened"] }
            try await intake.journal(order, cause: story, type: "payment.expired", causing: ["order.cancelled"])
            try await eventually("both end") { first.isOver && second.isOver }
            #expect(second.types == ["payment.opened", "order.cancelled"])
            try await intake.database.query(
                Query("update orders set ended = 'cancelled', ended_at = now(), ended_by = $1 where id = $1", .uuid(order.id)))
            let path = "/v1/orders/\(order.id.text)/events"
            let past = try await intake.send("GET", path, key: intake.keys.storefront)
            #expect(past.status == 200 && past.text.components(separatedBy: "event: ").count == 4)
            let last = try #require(second.ids.last)
            let rest = try await intake.send("GET", path, key: intake.keys.storefront, headers: [(name: "Last-Event-ID", value: last)])
            #expect(rest.status == 204)
        }
    }

    @Test func `what a carrier's push set going is told too`() async throws {
        try await Fixture.run { intake in
            var order = StoredOrder()
            order.part = "shipped"
            try await intake.store([order])
            _ = try await intake.begin(order, causing: "order.placed")
            let shipment = UUID()
            let push = MessageID.root(at: order.placedAt + 600, seed: "push")
            try await intake.database.queries([
                Query(
                    """
                    insert into shipments (id, order_id, fulfillment_id, carrier, waybill, dispatched_at, dispatched_by)
                    values ($1, $2, $1, 'yuantong', 'YT1234567890', now(), $1)
                    """, .uuid(shipment), .uuid(order.id)),
                Query(
                    "insert into tracking_events (shipment_id, at, code, says, reported_at, message_id) values ($1, now(), '', '', now(), $2)",
                    .uuid(shipment), .uuid(push)),
            ])
            // A push names no order: its row has none, and its outputs may be about several.
            let other = StoredOrder()
            try await intake.journal(
                order, id: push, cause: nil, type: "tracking.reported", causing: ["shipment.moved"], isOrderless: true, also: other)
            let stream = EventStream(intake, order.id)
            try await eventually("the move is told") { stream.types == ["order.placed", "shipment.moved"] }
            #expect(!stream.text.contains(other.number.text))
        }
    }

    @Test func `streams are for the order's storefront, and end when the intake does`() async throws {
        try await Fixture.run { intake in
            let order = StoredOrder()
            try await intake.store([order])
            let path = "/v1/orders/\(order.id.text)/events"
            #expect(try await intake.send("GET", path).status == 401)
            #expect(try await intake.send("GET", path, key: intake.keys.foreign).status == 404)
            #expect(try await intake.send("GET", path, key: intake.keys.merchant).status == 403)
            let bad = try await intake.send("GET", path, key: intake.keys.storefront, headers: [(name: "Last-Event-ID", value: "x")])
            #expect(bad.status == 400)
            let stream = EventStream(intake, order.id)
            try await eventually("it is open") { stream.text.contains("retry: ") }
            let begun = ContinuousClock.now
            await intake.shutDown()
            try await eventually("it ends") { stream.isOver }
            #expect(ContinuousClock.now - begun < .seconds(10))
        }
    }

    @Test func `there are so many streams and no more`() async throws {
        let hub = EventHub(
            access: Access(
                Database(configuration: DatabaseConfiguration(url: "postgres://127.0.0.1:1/none"), logger: .init(label: "test"))),
            logger: .init(label: "test"), now: { Date() })
        let storefront = UUID()
        var streams = (0..<EventHub.storefrontLimit).map { _ in hub.stream(of: UUID(), for: storefront, after: nil) }
        #expect(streams.allSatisfy { $0 != nil })
        #expect(hub.stream(of: UUID(), for: storefront, after: nil) == nil)
        #expect(hub.stream(of: UUID(), for: UUID(), after: nil) != nil)
        streams = []
        try await eventually("those that nobody reads are forgotten") { hub.count == 0 }
    }
}

/// A stream being read.
private final class EventStream: Sendable {
    private let state = Mutex<(text: String, isOver: Bool)>(("", false))

    init(_ intake: Fixture, _ order: UUID, after id: String? = nil) {
        let last = id.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        let request =
            "GET /v1/orders/\(order.text)/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(intake.keys.storefront)\r\n\(last)Connection: close\r\n\r\n"
        let port = intake.port
        Thread.detachNewThread { [weak self] in
            RawHTTP.read(Array(request.utf8), port: port) { bytes in
                guard let self else { return false }
                self.state.withLock { $0.text += String(decoding: bytes, as: UTF8.self) }
                return true
            }
            self?.state.withLock { $0.isOver = true }
        }
    }

    var text: String { state.withLock { $0.text } }
    var isOver: Bool { state.withLock { $0.isOver } }
    var types: [String] { fields("event: ") }
    var ids: [String] { fields("id: ") }

    private func fields(_ name: String) -> [String] {
        text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
    }
}

extension Fixture {
    /// Journals the message that began an order.
    fileprivate func begin(_ order: StoredOrder, causing type: String) async throws -> UUID {
        let id = MessageID.root(at: order.placedAt, seed: order.id.text)
        try await database.script("create table if not exists journal_all partition of journal default")
        try await journal(order, id: id, cause: nil, type: "order.submitted", causing: [type])
        return id
    }

    /// Journals a message and what it caused, with a body as workers write them.
    fileprivate func journal(
        _ order: StoredOrder, id: UUID? = nil, cause: UUID?, type: String, causing types: [String], isOrderless: Bool = false,
        also other: StoredOrder? = nil
    ) async throws {
        let id = id ?? MessageID.child(of: cause ?? UUID(), type: type, index: 0)
        let outputs = [order, other].compactMap { $0 }.flatMap { order in
            types.map { type in
                """
                {"id":"\(MessageID.child(of: id, type: type + order.id.text, index: 1).text)","type":"\(type)","order":"\(order.id.text)",
                "body":{"order":"\(order.id.text)","storefront":"\(storefront.text)","number":"\(order.number.text)","locale":"zh",
                "buyer_ref":"u-1","sealed":"s1.k.x","lines":[1],"reason":"expired"}}
                """
            }
        }
        try await database.query(
            Query(
                """
                insert into journal (message_id, worker, type, order_id, cause_id, attempt, outcome, at, took_us, outputs)
                values ($1, 'test', $2, $3, $4, 1, 'done', now(), 1, $5)
                """, .uuid(id), .text(type), .optionalUUID(isOrderless ? nil : order.id), .optionalUUID(cause),
                .text("[\(outputs.joined(separator: ","))]")))
    }
}

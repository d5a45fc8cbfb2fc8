import Commerce
import Database
import FoundationEssentials
import HTTPClient
import JSON
import Providers
import Store
import Synchronization
import Testing
import Work

@testable import Workers

/// Endpoints that answer as they are told, and remember what they were sent.
private final class Endpoints: Sendable {
    private let calls = Mutex<[HTTPRequest]>([])
    private let answer: @Sendable (HTTPRequest) throws(HTTPError) -> HTTPResponse
    private let known: Mutex<[WebhookEndpoint]>

    init(
        _ known: [WebhookEndpoint],
        _ answer: @escaping @Sendable (HTTPRequest) throws(HTTPError) -> HTTPResponse = { _ in HTTPResponse(status: 200) }
    ) {
        self.known = Mutex(known)
        self.answer = answer
    }

    var requests: [HTTPRequest] { calls.withLock { $0 } }

    var worker: Webhooks {
        Webhooks(
            directory: EndpointDirectory { parties in self.known.withLock { $0.filter { parties.contains($0.party) } } },
            caller: WebhookCaller(
                execute: { request, _ throws(HTTPError) in
                    self.calls.withLock { $0.append(request) }
                    return try self.answer(request)
                },
                unseal: { sealed, order throws(SealingError) in try Premises.sealing.person(sealed, order: order) },
                allowsPlainAddresses: { _ in false }))
    }
}

@Suite struct WebhooksTests {
    private let reference = someReference()
    private let secret = StandardWebhook.newSecret()

    private func endpoint(_ party: UUID, _ url: String = "https://shop.example/hooks") -> WebhookEndpoint {
        WebhookEndpoint(party: party, url: url, secret: secret)
    }

    private func completed(_ reference: OrderReference, age: Duration = .zero) throws -> Received<WebhookEvent> {
        let message = OrderCompleted(
            reference: reference, currency: .cny, shares: [Share(merchant: UUID(), fulfillment: UUID(), gross: 1, commissionBP: 0)])
        return received(try WebhookEvent(message.encoded(), type: OrderCompleted.type), type: OrderCompleted.type, age: age)
    }

    private func released(_ merchant: UUID) throws -> Received<WebhookEvent> {
        let person = Person(name: "王小明", phone: PhoneNumber(e164: Premises.phone)!, address: "朝阳路 1 号")
        let message = FulfillmentReleased(
            reference: reference, fulfillment: UUID(), merchant: merchant, lines: [Pieces(n: 1, sku: "A", quantity: 2)],
            sealed: try Premises.sealing.seal(person, order: reference.order), region: "北京")
        return received(try WebhookEvent(message.encoded(), type: FulfillmentReleased.type), type: FulfillmentReleased.type)
    }

    @Test func `a call is signed, names its message, and says type, time and order`() async throws {
        let endpoints = Endpoints([endpoint(reference.storefront)])
        let message = try completed(reference)
        #expect(await endpoints.worker.ask([message]) == [.success(.delivered)])
        let request = try #require(endpoints.requests.first)
        let header = { (name: String) in request.headers.first { $0.name == name }?.value }
        let id = try StandardWebhook(secrets: [secret]).verify(header: header, body: request.body, now: Date())
        #expect(id == message.id.text)
        var json = try JSONObject(parsing: request.body)
        #expect(try json.string("type") == "order.completed")
        #expect(RFC3339.date(try json.string("timestamp")) != nil)
        var data = try json.object("data")
        #expect(try data.uuid("order") == reference.order)
        #expect(try data.string("number") == reference.number.text)
        #expect(try data.string("state") == "completed")
    }

    @Test func `every attempt says the same`() async throws {
        let endpoints = Endpoints([endpoint(reference.storefront)]) { _ in HTTPResponse(status: 503) }
        let message = try completed(reference)
        let worker = endpoints.worker
        _ = await worker.ask([message])
        let later = Received(
            id: message.id, type: message.type, order: nil, attempt: 2, publishedAt: message.publishedAt,
            now: message.now.addingTimeInterval(60),
            input: message.input)
        _ = await worker.ask([later])
        #expect(endpoints.requests.count == 2)
        #expect(endpoints.requests[0].body == endpoints.requests[1].body)
    }

    @Test func `only the merchant who ships is told the address, and only over TLS`() async throws {
        let merchant = UUID()
        let safe = Endpoints([endpoint(merchant)])
        #expect(await safe.worker.ask([try released(merchant)]) == [.success(.delivered)])
        var json = try JSONObject(parsing: try #require(safe.requests.first).body)
        var data = try json.object("data")
        var shipTo = try data.object("ship_to")
        #expect(try shipTo.string("name") == "王小明")
        #expect(try shipTo.string("phone") == Premises.phone)
        #expect(try shipTo.string("region") == "北京")
        let plain = Endpoints([endpoint(merchant, "http://shop.example/hooks")])
        #expect(await plain.worker.ask([try released(merchant)]) == [.success(.delivered)])
        let body = String(decoding: try #require(plain.requests.first).body, as: UTF8.self)
        #expect(!body.contains("王小明") && !body.contains("13800138000") && !body.contains("s1."))
    }

    @Test func `of a cancellation the merchant is asked and told, and the storefront hears what came of it`() throws {
        let (merchant, part) = (UUID(), UUID())
        func party<M: OrderMessage>(_ message: M) throws -> UUID { try WebhookEvent(message.encoded(), type: M.type).party }
        #expect(
            try party(CancellationAsked(reference: reference, fulfillment: part, merchant: merchant, reason: "", answerBy: Date()))
                == merchant)
        #expect(try party(FulfillmentCancelled(reference: reference, fulfillment: part, merchant: merchant, reason: "x")) == merchant)
        #expect(
            try party(InstructionRefused(reference: reference, fulfillment: part, merchant: merchant, instruction: "hold", state: .shipped))
                == merchant)
        #expect(
            try party(CancellationAnswered(reference: reference, fulfillment: part, outcome: .refused, reason: "shipped", refunded: 0))
                == reference.storefront)
    }

    @Test func `no other event carries what a buyer would not want told`() throws {
        let terms = OrderTerms(
            reference: reference, currency: .cny, method: .wechat, total: 1, freight: 0,
            shares: [Share(merchant: UUID(), fulfillment: UUID(), gross: 1, commissionBP: 123)])
        let messages: [(String, [UInt8])] = [
            (OrderPaid.type, OrderPaid(terms: terms, paidAt: Date()).encoded()),
            (ShipmentMoved.type, ShipmentMoved(reference: reference, shipment: UUID(), state: .moving).encoded()),
            (OrderCancelled.type, OrderCancelled(reference: reference, reason: .requested, wasReserved: false).encoded()),
        ]
        for (type, body) in messages {
            let event = try WebhookEvent(body, type: type)
            #expect(event.party == reference.storefront)
            let text = String(decoding: event.body(type: type, at: "", person: nil), as: UTF8.self)
            #expect(!text.contains("buyer") && !text.contains("commission"), "\(type)")
        }
    }

    @Test func `who has no endpoint is done at once`() async throws {
        let endpoints = Endpoints([])
        let message = try completed(reference)
        #expect(await endpoints.worker.ask([message]) == [.success(.noEndpoint)])
        var nothing: Void = ()
        #expect(try endpoints.worker.decide(message, .noEndpoint, &nothing).outcome == "no_endpoint")
        #expect(endpoints.requests.isEmpty)
    }

    @Test(arguments: [
        (204, Result<Webhooks.Answer, Setback>.success(.delivered)), (404, .success(.refused("404"))),
        (410, .success(.gone("https://shop.example/hooks"))), (302, .failure(.retry(after: nil, "the endpoint answered 302"))),
        (500, .failure(.retry(after: nil, "the endpoint answered 500"))),
        (429, .failure(.retry(after: .seconds(7), "the endpoint answered 429"))),
    ])
    func `an answer decides what becomes of the event`(status: Int, expected: Result<Webhooks.Answer, Setback>) async throws {
        let endpoints = Endpoints([endpoint(reference.storefront)]) { _ in
            HTTPResponse(status: status, headers: status == 429 ? [("Retry-After", "7")] : [])
        }
        #expect(await endpoints.worker.ask([try completed(reference)]) == [expected])
    }

    @Test func `an endpoint that is away is called no further, and holds up nobody else`() async throws {
        let other = someReference()
        let endpoints = Endpoints([endpoint(reference.storefront, "https://away.example/"), endpoint(other.storefront)]) {
            request throws(HTTPError) in
            if request.url.contains("away") { throw HTTPError(code: .timedOut, message: "silence", mayHaveArrived: true) }
            return HTTPResponse(status: 200)
        }
        let messages = try (0..<40).map { _ in try completed(reference) } + [try completed(other)]
        let answers = await endpoints.worker.ask(messages)
        #expect(answers.last == .success(.delivered))
        let party = Webhooks.party(reference.storefront)
        #expect(answers.dropLast().allSatisfy { if case .failure(.away(party, _)) = $0 { true } else { false } })
        #expect(endpoints.requests.count <= 9)
    }

    @Test func `an endpoint that stays away for days is given up`() async throws {
        let endpoints = Endpoints([endpoint(reference.storefront)]) { _ throws(HTTPError) in
            throw HTTPError(code: .cannotConnect, message: "nobody", mayHaveArrived: false)
        }
        #expect(await endpoints.worker.ask([try completed(reference, age: .seconds(4 * 86_400))]) == [.success(.givenUp)])
    }

    @Test func `an endpoint that is gone is not called again until it has another URL`() async throws {
        let premises = try await Premises()
        let message = try completed(reference)
        let insert = "INSERT INTO storefronts (id, name, webhook_url, webhook_secret) VALUES ($1, 'shop', $2, $3)"
        let old = endpoint(reference.storefront)
        try await premises.database.query(Query(insert, .uuid(old.party), .text(old.url), .text(secret)))
        let find = { try WebhookEndpoints.decode(await premises.database.query(WebhookEndpoints.find([old.party]))) }
        #expect(try await find() == [old])
        let gone = Endpoints([old]) { _ in HTTPResponse(status: 410) }
        let worker = gone.worker
        let answers = try await worker.ask([message]).map { try $0.get() }
        #expect(try await premises.run(worker, [message], answers: answers).map(\.outcome) == ["gone"])
        #expect(await worker.ask([message]) == [.success(.noEndpoint)])
        #expect(try await find().isEmpty)
        try await premises.database.query(
            Query("UPDATE storefronts SET webhook_url = 'https://shop.example/new' WHERE id = $1", .uuid(old.party)))
        #expect(try await find().map(\.url) == ["https://shop.example/new"])
    }

    @Test func `endpoints are looked up once for many events, and only so many are remembered`() async throws {
        let lookups = Mutex(0)
        let directory = EndpointDirectory(lifetime: .seconds(60), limit: 10) { parties in
            lookups.withLock { $0 += 1 }
            return parties.map { WebhookEndpoint(party: $0, url: "https://shop.example", secret: "whsec_") }
        }
        let parties = Set((0..<5).map { _ in UUID() })
        for _ in 0..<10 { #expect(try await directory.endpoints(of: parties).count == 5) }
        #expect(lookups.withLock { $0 } == 1)
        for _ in 0..<100 { #expect(try await directory.endpoints(of: [UUID()]).count == 1) }
        #expect(lookups.withLock { $0 } == 101)
    }
}

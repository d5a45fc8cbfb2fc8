internal import Commerce
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import Work

/// `POST /v1/fulfillments/{id}/accept`, `hold`, `release`, `refuse`, `short` and `cancellation`: what a merchant says of its part of an
/// order besides that it shipped. The body names the order, and why; for `cancellation` also the answer, for `short`
/// how many pieces of which lines are missing in all. Whether it fits how
/// the part stands is decided where it is kept; what doesn't is told by webhook.
struct InstructFulfillment: Route {
    /// The last word of the path.
    enum Verb: String, Sendable, CaseIterable {
        case accept, hold, release, refuse, short, cancellation
    }

    let desk: Desk
    let verb: Verb

    func respond(to request: IncomingRequest) async throws -> Response {
        let merchant = try desk.merchant(request)
        guard let fulfillment = request.id else { throw Problem.notFound("no fulfillment order is named") }
        guard var json = try await request.optionalObject() else {
            throw Problem.invalid(JSONError(pointer: "", problem: "an object that names the order was expected"))
        }
        let (order, instruction, reason, portions) = try read(&json)
        // Its id follows from order and merchant, as for shipping.
        guard OrderID.fulfillment(order: order, merchant: merchant) == fulfillment else {
            throw Problem.notFound("no such fulfillment order of this merchant and order")
        }
        let message = FulfillmentInstructed(
            order: order, fulfillment: fulfillment, merchant: merchant, instruction: instruction, reason: reason,
            portions: portions)
        // Under a key it is the same message all day, however often it is sent; without one, the state of the part tells.
        let missing = portions.map { $0.map { "\($0.line)x\($0.quantity)" }.joined(separator: ",") } ?? ""
        let content = "\(instruction.rawValue):\(fulfillment.text):\(missing):\(reason)"
        if let key = request.field(named: "Idempotency-Key") {
            guard 1...200 ~= key.utf8.count else { throw Problem.badRequest("an Idempotency-Key has 1 to 200 bytes") }
            try await desk.hand(
                message, order: order, at: desk.today, seed: "\(content):\(key)", traceparent: request.traceparent)
        } else {
            try await desk.hand(message, order: order, at: desk.now(), seed: content, traceparent: request.traceparent)
        }
        return .json(
            .accepted,
            JSONWriter.object { json in
                json.member("fulfillment", fulfillment)
                json.member("order", order)
            })
    }

    private func read(_ json: inout JSONObject) throws(Problem) -> (
        order: UUID, instruction: FulfillmentInstruction, reason: String, portions: [Portion]?
    ) {
        do throws(JSONError) {
            let order = try json.uuid("order")
            let instruction: FulfillmentInstruction
            switch verb {
            case .accept: instruction = .accept
            case .hold: instruction = .hold
            case .release: instruction = .resume
            case .refuse: instruction = .refuse
            case .short: instruction = .short
            case .cancellation:
                instruction = try json.choice("answer", as: Answer.self) == .accept ? .acceptCancellation : .refuseCancellation
            }
            // Who stops something says why.
            let needsReason = [.hold, .refuse, .short, .refuseCancellation].contains(instruction)
            let reason = needsReason ? try json.string("reason", 1...400) : try json.optionalString("reason", 0...400) ?? ""
            guard reason.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw JSONError(pointer: "/reason", problem: "control characters are not allowed")
            }
            var portions: [Portion]?
            if instruction == .short {
                portions = try json.array("lines", 1...1_000) { value throws(JSONError) in try Portion(value) }
                if let portions, Set(portions.map(\.line)).count < portions.count {
                    throw JSONError(pointer: "/lines", problem: "a line is named twice")
                }
            }
            try json.done()
            return (order, instruction, reason, portions)
        } catch {
            throw .invalid(error)
        }
    }

    private enum Answer: String, CaseIterable {
        case accept, refuse
    }
}

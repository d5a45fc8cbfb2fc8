internal import Commerce
internal import FoundationEssentials
internal import JSON

// What each message tells.

extension WebhookEvent {
    /// Reads who is to be told what. Only what is named here is told, whatever else a message carries.
    init(_ body: [UInt8], type: String) throws {
        switch type {
        case OrderPlaced.type: self = Self.terms(try OrderPlaced(parsing: body).terms, .placed)
        case OrderPaid.type: self = Self.terms(try OrderPaid(parsing: body).terms, .paid)
        case OrderRejected.type: self = Self.rejected(try OrderRejected(parsing: body))
        case PaymentOpened.type: self = Self.opened(try PaymentOpened(parsing: body))
        case PaymentMismatched.type: self = Self.mismatched(try PaymentMismatched(parsing: body))
        case OrderCancelled.type:
            let cancelled = try OrderCancelled(parsing: body)
            self = Self.about(cancelled.reference, .cancelled) { $0.member("reason", cancelled.reason.rawValue) }
        case OrderCompleted.type: self = Self.about(try OrderCompleted(parsing: body).reference, .completed)
        case FulfillmentReleased.type: self = Self.released(try FulfillmentReleased(parsing: body))
        case FulfillmentCancelled.type:
            let cancelled = try FulfillmentCancelled(parsing: body)
            self = Self.part(cancelled.reference, cancelled.fulfillment, party: cancelled.merchant) {
                $0.member("state", FulfillmentState.cancelled.rawValue)
                $0.member("reason", cancelled.reason)
            }
        case CancellationAsked.type:
            let asked = try CancellationAsked(parsing: body)
            self = Self.part(asked.reference, asked.fulfillment, party: asked.merchant) {
                $0.member("state", FulfillmentState.cancellationRequested.rawValue)
                $0.member("reason", asked.reason)
                $0.member("answer_by_ms", asked.answerBy)
            }
        case CancellationAnswered.type:
            let answered = try CancellationAnswered(parsing: body)
            self = Self.part(answered.reference, answered.fulfillment) {
                $0.member("outcome", answered.outcome.rawValue)
                $0.member("reason", answered.reason)
                $0.member("refunded", answered.refunded)
            }
        case InstructionRefused.type:
            let refused = try InstructionRefused(parsing: body)
            self = Self.part(refused.reference, refused.fulfillment, party: refused.merchant) {
                $0.member("instruction", refused.instruction)
                $0.member("state", refused.state.rawValue)
            }
        case ShipmentDispatched.type:
            let dispatched = try ShipmentDispatched(parsing: body)
            self = Self.parcel(dispatched.reference, dispatched.shipment, .dispatched) { json in
                json.member("fulfillment", dispatched.fulfillment)
                json.member("carrier", dispatched.carrier)
                json.member("waybill", dispatched.waybill)
            }
        case ShipmentMoved.type:
            let moved = try ShipmentMoved(parsing: body)
            self = Self.parcel(moved.reference, moved.shipment, moved.state) { $0.member("needs_attention", moved.needsAttention) }
        case ShipmentDelivered.type:
            let delivered = try ShipmentDelivered(parsing: body)
            self = Self.parcel(delivered.reference, delivered.shipment, .delivered) { json in
                json.member("fulfillment", delivered.fulfillment)
                json.member("at_ms", delivered.at)
            }
        case RefundSettled.type:
            let refund = try RefundSettled(parsing: body)
            self = Self.about(refund.reference) { json in
                json.member("amount", refund.amount)
                json.member("currency", refund.currency.rawValue)
            }
        default: throw UnknownType(type: type)
        }
    }

    private static func about(
        _ reference: OrderReference, _ state: OrderState? = nil, party: UUID? = nil, address: Address? = nil,
        _ more: (inout JSONWriter) -> Void = { _ in }
    ) -> WebhookEvent {
        WebhookEvent(party ?? reference.storefront, address: address) { json in
            json.member("order", reference.order)
            json.member("number", reference.number.text)
            json.member("state", ifPresent: state?.rawValue)
            more(&json)
        }
    }

    private static func terms(_ terms: OrderTerms, _ state: OrderState) -> WebhookEvent {
        about(terms.reference, state) { json in
            json.member("total", terms.total)
            json.member("currency", terms.currency.rawValue)
        }
    }

    private static func part(
        _ reference: OrderReference, _ fulfillment: UUID, party: UUID? = nil, _ more: (inout JSONWriter) -> Void
    ) -> WebhookEvent {
        about(reference, party: party) { json in
            json.member("fulfillment", fulfillment)
            more(&json)
        }
    }

    private static func parcel(
        _ reference: OrderReference, _ shipment: UUID, _ state: ShipmentState, _ more: (inout JSONWriter) -> Void
    ) -> WebhookEvent {
        about(reference) { json in
            json.object("shipment") { json in
                json.member("id", shipment)
                json.member("state", state.rawValue)
                more(&json)
            }
        }
    }

    private static func rejected(_ rejected: OrderRejected) -> WebhookEvent {
        WebhookEvent(rejected.storefront) { json in
            json.member("order", rejected.order)
            json.member("state", "rejected")
            json.member("reason", rejected.reason.rawValue)
            json.member("pointer", ifPresent: rejected.pointer)
        }
    }

    private static func opened(_ opened: PaymentOpened) -> WebhookEvent {
        about(opened.reference, .reserved) { json in
            json.member("method", opened.method.rawValue)
            json.member("code_url", opened.codeURL)
            json.member("expires_at_ms", opened.expiresAt)
        }
    }

    private static func mismatched(_ mismatched: PaymentMismatched) -> WebhookEvent {
        about(mismatched.reference) { json in
            json.member("expected", mismatched.expected)
            json.member("got", mismatched.got)
            json.member("currency", mismatched.currency)
        }
    }

    private static func released(_ released: FulfillmentReleased) -> WebhookEvent {
        let address = released.sealed.map { Address(sealed: $0, order: released.order, region: released.region) }
        return about(released.reference, party: released.merchant, address: address) { json in
            json.member("fulfillment", released.fulfillment)
            json.member("merchant", released.merchant)
            json.array("lines", of: released.lines) { json, line in
                json.object { json in
                    json.member("n", line.n)
                    json.member("sku", line.sku)
                    json.member("quantity", line.quantity)
                }
            }
        }
    }
}

internal import Commerce
internal import FoundationEssentials
internal import JSON
internal import Store

/// A change of an order that its storefront may see, as it goes out in a stream of server-sent events.
struct OrderEvent: Sendable, Equatable {
    let id: UUID
    /// Whether the order has ended with it.
    let isLast: Bool
    /// The event as the stream has it: `id`, `event` and `data`.
    let text: [UInt8]

    /// The messages that are told; all others are the workers' own.
    private static let types: Set<String> = [
        OrderPlaced.type, OrderRejected.type, PaymentOpened.type, PaymentMismatched.type, PaymentDeclined.type, PaymentExpired.type,
        OrderPaid.type, FulfillmentReleased.type, FulfillmentCancelled.type, ShipmentDispatched.type, ShipmentMoved.type,
        ShipmentDelivered.type, OrderCompleted.type,
        OrderCancelled.type, RefundSettled.type,
    ]
    private static let lastTypes: Set<String> = [OrderRejected.type, OrderCompleted.type, OrderCancelled.type]
    /// The members that are told, of whatever message: nothing that is personal, and nothing sealed.
    private static let members: Set<String> = [
        "order", "number", "state", "reason", "pointer", "currency", "total", "amount", "expected", "got", "method", "code_url",
        "expires_at_ms", "fulfillment", "merchant", "shipment", "carrier", "waybill", "needs_attention",
    ]

    /// Nil for what is not told.
    init?(_ entry: OrderFeedEntry) {
        guard Self.types.contains(entry.type), case .object(let members) = try? JSON.parse(entry.body, limits: JSON.Limits(depth: 64))
        else { return nil }
        id = entry.id
        isLast = Self.lastTypes.contains(entry.type)
        let data = JSONWriter.object(reserving: 512) { json in
            json.member("type", entry.type)
            json.member("at_ms", entry.at)
            for member in members where Self.members.contains(member.name) {
                switch member.value {
                case .array, .object: continue
                default:
                    json.name(member.name)
                    json.value(member.value)
                }
            }
        }
        text = Array("id: \(entry.id.text)\nevent: \(entry.type)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }
}

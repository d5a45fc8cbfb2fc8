public import Commerce
public import Database
internal import FoundationEssentials
public import Store
public import Work

/// Takes what happens to an order's money into the ledger.
public struct Settlement: Worker {
    public init() {}

    public func decode(_ body: [UInt8], type: String) throws -> SettlementInput {
        switch type {
        case OrderPaid.type: .paid(try OrderPaid(parsing: body))
        case OrderCompleted.type: .completed(try OrderCompleted(parsing: body))
        case RefundSettled.type: .refunded(try RefundSettled(parsing: body))
        default: throw UnknownType(type: type)
        }
    }

    /// Payments and completions carry all that is posted; only refunds must know what was posted before.
    public func load(_ messages: [Received<SettlementInput>], in transaction: Transaction) async throws -> SettlementState {
        let orders = messages.compactMap(\.input.refundedOrder)
        guard !orders.isEmpty else { return SettlementState() }
        return SettlementState(histories: try Postings.histories(from: try await transaction.query(Postings.all(of: orders))))
    }

    public func decide(
        _ message: Received<SettlementInput>, _ answer: Void, _ state: inout SettlementState
    ) throws -> Decision<Stamped<Posting>> {
        let posting: Posting
        do {
            switch message.input {
            case .paid(let paid): posting = try .paid(paid.terms)
            case .completed(let completed):
                posting = try .completed(order: completed.order, currency: completed.currency, shares: completed.shares)
            case .refunded(let refund):
                guard let history = state.histories[refund.order] else { return Decision("unknown order") }
                let id = Posting.id(.refunded, order: refund.order, reference: refund.refundID)
                if history.postings.contains(where: { $0.id == id }) { return Decision("duplicate") }
                if let breakdown = refund.breakdown {
                    guard breakdown.amount == refund.amount else {
                        throw LedgerError.unbalanced(by: breakdown.amount - refund.amount)
                    }
                    posting = try .returned(
                        order: refund.order, refund: refund.refundID, breakdown: breakdown, currency: refund.currency,
                        method: history.method, earlier: history.postings)
                    break
                }
                posting = try .refunded(
                    order: refund.order, refund: refund.refundID, amount: refund.amount, currency: refund.currency,
                    method: history.method, earlier: history.postings)
            }
        } catch LedgerError.empty {
            return Decision("nothing to post")
        } catch {
            throw Setback.dead("\(error)")
        }
        state.histories[posting.order]?.postings.append(posting)
        let posted = SettlementPosted(order: posting.order, kind: posting.kind, amount: posting.amount, currency: posting.currency)
        return Decision(
            "posted", Stamped(posting, Stamp(message)), causes: [Cause(SettlementPosted.type, order: posting.order, body: posted.encoded())]
        )
    }

    public func save(_ effects: [Stamped<Posting>]) -> [Query] {
        [Postings.insert(effects)]
    }
}

public import FoundationEssentials
internal import JSON

/// A double entry: what an event of an order does to the accounts. One that doesn't balance can't be built.
public struct Posting: Sendable, Equatable {
    /// One side of a posting.
    public struct Entry: Sendable, Equatable {
        /// The account.
        public let account: Account
        /// Minor units: positive debits, negative credits. Never zero.
        public let amount: Int64

        public init(_ account: Account, _ amount: Int64) {
            self.account = account
            self.amount = amount
        }
    }

    /// The order's own id for ``PostingKind/paid``, else derived from it: an event is posted once, whoever repeats it.
    public let id: UUID
    /// What is posted or moved.
    public let kind: PostingKind
    /// The order's id.
    public let order: UUID
    /// What all amounts are in.
    public let currency: Currency
    /// Its sides; they sum to zero.
    public let entries: [Entry]

    /// Makes a posting; entries of zero are left out.
    /// - Parameter reference: what tells it from others of the kind, for instance a refund's id.
    /// - Throws: a ``LedgerError`` where the entries don't sum to zero, overflow, or there are none.
    public init(
        _ kind: PostingKind, order: UUID, reference: String = "", currency: Currency, entries: [Entry]
    ) throws(LedgerError) {
        let entries = entries.filter { $0.amount != 0 }
        guard !entries.isEmpty else { throw LedgerError.empty }
        guard let sum = Money.checkedSum(entries.lazy.map(\.amount)),
            Money.checkedSum(entries.lazy.map { $0.amount.magnitudeClamped }) != nil
        else { throw LedgerError.overflow }
        guard sum == 0 else { throw LedgerError.unbalanced(by: sum) }
        id = Self.id(kind, order: order, reference: reference)
        self.kind = kind
        self.order = order
        self.currency = currency
        self.entries = entries
    }

    /// The id that the posting of an event has.
    public static func id(_ kind: PostingKind, order: UUID, reference: String = "") -> UUID {
        kind == .paid ? order : OrderID.version5(namespace: order, name: kind.rawValue + ":" + reference)
    }

    /// A posting as the database keeps it.
    /// - Throws: a ``LedgerError`` where it doesn't balance.
    public init(stored id: UUID, _ kind: PostingKind, order: UUID, currency: Currency, entries: [Entry]) throws(LedgerError) {
        guard let sum = Money.checkedSum(entries.lazy.map(\.amount)) else { throw LedgerError.overflow }
        guard sum == 0 else { throw LedgerError.unbalanced(by: sum) }
        self.id = id
        self.kind = kind
        self.order = order
        self.currency = currency
        self.entries = entries
    }

    /// The amount on each side, in minor units.
    public var amount: Int64 { entries.reduce(0) { $0 + max(0, $1.amount) } }
}

/// Why a posting can't be built.
public enum LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Debits and credits differ by so many minor units.
    case unbalanced(by: Int64)
    case overflow
    /// Nothing is moved.
    case empty
    /// More would go back than came in; minor units.
    case exceeds(refund: Int64, left: Int64)

    public var description: String {
        switch self {
        case .unbalanced(let difference): "a posting whose debits and credits differ by \(difference)"
        case .overflow: "a posting whose amounts overflow"
        case .empty: "a posting that moves nothing"
        case .exceeds(let refund, let left): "a refund of \(refund) where only \(left) are left"
        }
    }
}

extension Int64 {
    /// The magnitude, where it fits.
    fileprivate var magnitudeClamped: Int64 { self == .min ? .max : abs(self) }
}

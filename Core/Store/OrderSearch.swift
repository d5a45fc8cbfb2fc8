public import Commerce
public import Database
public import FoundationEssentials

/// What a storefront looks for among its orders; all that is named must hold.
public struct OrderSearch: Sendable, Equatable {
    /// Where a page ended: the next one goes on below.
    public struct Position: Sendable, Equatable {
        public let placedAt: Date
        public let order: UUID

        public init(placedAt: Date, order: UUID) {
            self.placedAt = placedAt
            self.order = order
        }
    }

    public var number: OrderNumber?
    public var state: OrderState?
    /// Placed at this time or later.
    public var from: Date?
    /// Placed before this time.
    public var to: Date?
    /// See ``BlindIndex``.
    public var phoneIndex: String?
    /// Where to go on; nil for the newest.
    public var after: Position?
    /// Orders of a page: 1 to ``limits``' upper bound.
    public var limit: Int

    /// What ``limit`` may be.
    public static let limits = 1...100
    /// How many orders are looked at for one page: a state that is rare among those on their way takes several pages, some of
    /// them empty, rather than a long time.
    static let lookLimit = 500

    public init(
        number: OrderNumber? = nil, state: OrderState? = nil, from: Date? = nil, to: Date? = nil, phoneIndex: String? = nil,
        after: Position? = nil, limit: Int = 50
    ) {
        self.number = number
        self.state = state
        self.from = from
        self.to = to
        self.phoneIndex = phoneIndex
        self.after = after
        self.limit = limit
    }

    // MARK: - In SQL

    /// The page, newest first, with one order more than the limit where there are more. For ``decode(_:)``.
    public func page(of storefront: UUID) -> Query {
        var (looked, parameters) = looked(storefront)
        var condition = ""
        if let state {
            parameters.append(.text(state.rawValue))
            condition = "where s.state = $\(parameters.count)"
        }
        parameters.append(.integer(Int64(limit + 1)))
        // Offset 0 keeps the states from being made for all orders first.
        return Query(
            """
            select o.id, o.number, s.state, s.payment, o.method, o.currency, o.total, o.buyer_ref, o.submitted_at, o.placed_at,
                o.ended_at, o.ended_reason
            from (\(looked)) l join orders o on o.id = l.id
                cross join lateral (select state, payment from order_states where id = l.id offset 0) s
            \(condition) order by l.placed_at desc, l.id desc limit $\(parameters.count)
            """, parameters: parameters)
    }

    /// The last order that was looked at for a page, where there may be more behind it: columns placed_at, id.
    public func lastLookedAt(of storefront: UUID) -> Query {
        let (looked, parameters) = looked(storefront)
        return Query(
            "select l.placed_at, l.id from (\(looked)) l order by l.placed_at desc, l.id desc offset \(Self.lookLimit - 1) limit 1",
            parameters: parameters)
    }

    /// The orders that are looked at, each only by what an index knows.
    private func looked(_ storefront: UUID) -> (sql: String, parameters: [Parameter]) {
        let position = after ?? Position(placedAt: .distantFuture, order: UUID(uuid: Self.greatest))
        var parameters: [Parameter] = [
            .uuid(storefront), .timestamp(from ?? .distantPast), .timestamp(to ?? .distantFuture), .timestamp(position.placedAt),
            .uuid(position.order),
        ]
        var own = "o.storefront = $1"
        if let number {
            parameters.append(.integer(number.value))
            own += " and o.number = $\(parameters.count)"
        }
        if let phoneIndex {
            parameters.append(.text(phoneIndex))
            own += " and o.phone_index = $\(parameters.count)"
            own += " and hashtextextended(o.phone_index, 0) = hashtextextended($\(parameters.count), 0)"
        }
        let endings: [String]
        if number != nil || phoneIndex != nil {
            endings = [""]
        } else if let state {
            endings = [Self.ending(of: state)]
        } else {
            // A branch for each, so that the index brings each in its order.
            endings = ["", "completed", "cancelled"].map(Self.condition)
        }
        let branches = endings.map { ending in
            """
            (select o.id, o.placed_at from orders o where \(own) \(ending) and o.placed_at >= $2 and o.placed_at < $3
                and o.placed_at <= $4 and (o.placed_at, o.id) < ($4, $5)
            order by o.placed_at desc, o.id desc limit \(Self.lookLimit))
            """
        }
        return (
            "select id, placed_at from (\(branches.joined(separator: " union all "))) b order by placed_at desc, id desc limit \(Self.lookLimit)",
            parameters
        )
    }

    private static func ending(of state: OrderState) -> String {
        condition(ending: state == .completed || state == .cancelled ? state.rawValue : "")
    }

    private static func condition(ending: String) -> String { "and coalesce(o.ended, '') = '\(ending)'" }

    private static let greatest: uuid_t = (255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255)
}

/// An order in a list.
public struct OrderSummary: Sendable, Equatable {
    public let order: UUID
    public let number: String
    public let state: OrderState
    public let payment: PaymentState
    public let method: String
    public let currency: String
    /// Minor units.
    public let total: Int64
    /// The storefront's own name for the buyer.
    public let buyerReference: String
    public let submittedAt: Date
    public let placedAt: Date
    public let endedAt: Date?
    public let endedReason: String?

    static func decode(_ row: Row) throws -> OrderSummary {
        OrderSummary(
            order: try row.uuid(0), number: try row.orderNumber(1).text, state: try row.choice(2), payment: try row.choice(3),
            method: try row.text(4), currency: try row.text(5), total: try row.integer(6), buyerReference: try row.text(7),
            submittedAt: try row.timestamp(8), placedAt: try row.timestamp(9), endedAt: try row.optionalTimestamp(10),
            endedReason: try row.optionalText(11))
    }
}

extension Access {
    /// A page of a storefront's orders, newest first, and where the next one goes on; nil where there is none.
    public func orders(
        of storefront: UUID, _ search: OrderSearch
    ) async throws -> (orders: [OrderSummary], next: OrderSearch.Position?) {
        let found = try await database.query(search.page(of: storefront)).map { try OrderSummary.decode($0) }
        if found.count > search.limit {
            let page = Array(found.prefix(search.limit))
            return (page, page.last.map { OrderSearch.Position(placedAt: $0.placedAt, order: $0.order) })
        }
        // A state is not in the index: what was looked at may have ended before the orders did.
        guard search.state != nil else { return (found, nil) }
        let last = try await database.query(search.lastLookedAt(of: storefront)).first
        return (found, try last.map { OrderSearch.Position(placedAt: try $0.timestamp(0), order: try $0.uuid(1)) })
    }

    /// The order of a storefront with a number; nil where it has none.
    public func order(numbered number: OrderNumber, of storefront: UUID) async throws -> UUID? {
        try await database.query(
            Query("select id from orders where number = $1 and storefront = $2", .integer(number.value), .uuid(storefront))
        ).first?.uuid(0)
    }
}

public import Commerce
internal import Database
public import FoundationEssentials

/// A merchant's part of an order, as the merchant may see it.
public struct FulfillmentView: Sendable, Equatable {
    /// What is to be shipped.
    public struct Line: Sendable, Equatable {
        /// The line's number in the order.
        public let n: Int64
        public let sku: String
        public let title: String
        public let quantity: Int64
        /// Minor units.
        public let unitPrice: Int64
    }

    /// A parcel of it.
    public struct Parcel: Sendable, Equatable {
        public let id: UUID
        public let carrier: String
        public let waybill: String
        public let state: ShipmentState
        public let needsAttention: Bool
        public let dispatchedAt: Date
        public let deliveredAt: Date?
    }

    public let id: UUID
    public let order: UUID
    /// The order's number.
    public let number: String
    public let state: FulfillmentState
    public let currency: String
    /// What the goods cost the buyer, in minor units.
    public let gross: Int64
    public let lines: [Line]
    public var parcels: [Parcel]
    public let placedAt: Date
    /// Where the goods go, coarsely.
    public let region: String?
    /// Whom they go to, sealed. Only where one fulfillment order was asked for.
    public let sealed: String?
    /// Where the next page goes on.
    public let position: FulfillmentPosition
}

/// Where a page of fulfillment orders ended: the next one goes on below.
public struct FulfillmentPosition: Sendable, Equatable {
    /// The message that placed it, whose id begins with a time.
    public let message: UUID
    public let id: UUID

    public init(message: UUID, id: UUID) {
        self.message = message
        self.id = id
    }
}

extension Access {
    /// A page of a merchant's fulfillment orders, those of the newest orders first: one more than `limit` where there are more.
    /// Without what is sealed.
    /// - Parameters:
    ///   - state: nil for any.
    ///   - position: where to go on; nil for the newest.
    public func fulfillments(
        of merchant: UUID, state: FulfillmentState?, after position: FulfillmentPosition?, limit: Int
    ) async throws -> [FulfillmentView] {
        let last = UUID(uuid: (255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
        // A branch for each state, so that the index brings each in its order.
        let branches = (state.map { [$0] } ?? FulfillmentState.allCases).map { state in
            """
            (select order_id, id, placed_by from fulfillment_orders where merchant = $1 and state = '\(state.rawValue)'
                and placed_by <= $2 and (placed_by, id) < ($2, $3) order by placed_by desc, id desc limit 101)
            """
        }
        let rows = try await database.query(
            Query(
                """
                select \(Self.fulfillmentColumns), null::text
                from (select * from (\(branches.joined(separator: " union all "))) b order by placed_by desc, id desc limit $4) p
                    join fulfillment_orders f on f.order_id = p.order_id and f.id = p.id join orders o on o.id = f.order_id
                order by f.placed_by desc, f.id desc
                """, .uuid(merchant), .uuid(position?.message ?? last), .uuid(position?.id ?? last), .integer(Int64(limit + 1))))
        return try await withParcels(try rows.map(Self.fulfillment))
    }

    /// A fulfillment order of a merchant, with what is sealed; nil where it is not there or another's.
    public func fulfillment(_ id: UUID, of merchant: UUID, order: UUID) async throws -> FulfillmentView? {
        let rows = try await database.query(
            Query(
                """
                select \(Self.fulfillmentColumns), o.buyer_sealed from fulfillment_orders f join orders o on o.id = f.order_id
                where f.order_id = $1 and f.id = $2 and f.merchant = $3
                """, .uuid(order), .uuid(id), .uuid(merchant)))
        return try await withParcels(try rows.map(Self.fulfillment)).first
    }

    private static let fulfillmentColumns =
        """
        f.id, f.order_id, o.number, f.state, o.currency, f.gross, f.lines, f.skus, f.titles, f.quantities, f.unit_prices, o.placed_at,
        o.region, f.placed_by
        """

    private static func fulfillment(_ row: Row) throws -> FulfillmentView {
        let numbers: [Int64] = try row.array(6)
        let skus: [String] = try row.array(7)
        let titles: [String] = try row.array(8)
        let quantities: [Int64] = try row.array(9)
        let prices: [Int64] = try row.array(10)
        return FulfillmentView(
            id: try row.uuid(0), order: try row.uuid(1), number: try row.orderNumber(2).text, state: try row.choice(3),
            currency: try row.text(4), gross: try row.integer(5),
            lines: numbers.indices.map {
                FulfillmentView.Line(n: numbers[$0], sku: skus[$0], title: titles[$0], quantity: quantities[$0], unitPrice: prices[$0])
            },
            parcels: [], placedAt: try row.timestamp(11), region: try row.optionalText(12), sealed: try row.optionalText(14),
            position: FulfillmentPosition(message: try row.uuid(13), id: try row.uuid(0)))
    }

    private func withParcels(_ fulfillments: [FulfillmentView]) async throws -> [FulfillmentView] {
        guard !fulfillments.isEmpty else { return [] }
        let rows = try await database.query(
            Query(
                """
                select s.fulfillment_id, s.id, s.carrier, s.waybill, s.state, s.needs_attention, s.dispatched_at, s.delivered_at
                from unnest($1::uuid[], $2::uuid[]) as f (order_id, id)
                    join shipments s on s.order_id = f.order_id and s.fulfillment_id = f.id
                order by s.dispatched_at, s.id
                """, .uuids(fulfillments.map(\.order)), .uuids(fulfillments.map(\.id))))
        var parcels: [UUID: [FulfillmentView.Parcel]] = [:]
        for row in rows {
            parcels[try row.uuid(0), default: []].append(
                FulfillmentView.Parcel(
                    id: try row.uuid(1), carrier: try row.text(2), waybill: try row.text(3), state: try row.choice(4),
                    needsAttention: try row.bool(5), dispatchedAt: try row.timestamp(6), deliveredAt: try row.optionalTimestamp(7)))
        }
        return fulfillments.map { fulfillment in
            var fulfillment = fulfillment
            fulfillment.parcels = parcels[fulfillment.id] ?? []
            return fulfillment
        }
    }
}

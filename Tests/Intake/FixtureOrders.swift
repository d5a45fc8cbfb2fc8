import HTTPClient
import Commerce
import Database
import Foundation
import JSON
import Testing
import Work

/// An order that a test puts into the database as the workers would have left it.
struct StoredOrder {
    let id = UUID()
    var placedAt = Date(timeIntervalSince1970: 1_790_000_000)
    /// What its payment is; nil for none.
    var payment: String?
    /// `completed` or `cancelled`.
    var ended: String?
    var phone = "+8613800138000"
    /// The merchant's part.
    var part = "planned"

    var number: OrderNumber { OrderNumber(order: id, at: placedAt) }
}

extension Fixture {
    /// Stores orders with one fulfillment order each.
    func store(_ orders: [StoredOrder], of storefront: UUID? = nil, merchant: UUID? = nil) async throws {
        let person = { (phone: String) throws in
            Person(name: "王小明", phone: try #require(PhoneNumber(e164: phone)), address: "文三路 478 号", postcode: "310012")
        }
        try await database.queries([
            Query(
                """
                insert into orders (id, number, storefront, key, digest, currency, method, locale, buyer_ref, buyer_sealed, phone_index,
                    region, goods, discount, freight, total, submitted_at, placed_at, placed_by, ended, ended_at, ended_by)
                select id, number, $3, id::text, '\\x00', 'CNY', 'wechat', 'zh', 'u-1', sealed, phone_index, '浙江省杭州市', 100, 0, 0, 100,
                    placed_at, placed_at, id, ended, case when ended is not null then now() end, case when ended is not null then id end
                from unnest($1::uuid[], $2::int8[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
                    as o (id, number, sealed, phone_index, placed_at, ended)
                """, .uuids(orders.map(\.id)), .integers(orders.map(\.number.value)), .uuid(storefront ?? self.storefront),
                .texts(try orders.map { try sealing.seal(try person($0.phone), order: $0.id) }),
                .texts(try orders.map { index.index(of: try #require(PhoneNumber(e164: $0.phone))) }),
                .timestamps(orders.map(\.placedAt)), .optionalTexts(orders.map(\.ended))),
            Query(
                """
                insert into payments (order_id, state, method, currency, amount, paid_amount, paid_at, created_at, created_by)
                select id, state, 'wechat', 'CNY', 100, 100, now(), now(), id from unnest($1::uuid[], $2::text[]) as p (id, state)
                where state is not null
                """, .uuids(orders.map(\.id)), .optionalTexts(orders.map(\.payment))),
            Query(
                """
                insert into fulfillment_orders (order_id, id, merchant, state, gross, commission_bp, lines, skus, quantities, unit_prices,
                    titles, placed_by)
                select order_id, id, $1, state, 100, 500, '{1}', '{TEA-1}', '{2}', '{50}', '{龙井}', message
                from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[]) as f (order_id, id, state, message)
                """, .uuid(merchant ?? self.merchant), .uuids(orders.map(\.id)),
                .uuids(orders.map { OrderID.fulfillment(order: $0.id, merchant: merchant ?? self.merchant) }), .texts(orders.map(\.part)),
                .uuids(orders.map { MessageID.root(at: $0.placedAt, seed: $0.id.text) })),
        ])
    }

    /// The ids in a list, with the cursor of its next page.
    func list(
        _ path: String, _ name: String, id: String, key: String
    ) async throws -> (ids: [UUID], next: String?) {
        let response = try await send("GET", path, key: key)
        #expect(response.status == 200, "\(path): \(response.text)")
        var json = try JSONObject(parsing: response.body)
        let ids = try json.array(name) { value throws(JSONError) in
            var element = try JSONObject(value)
            return try element.uuid(id)
        }
        return (ids, try json.optionalString("next"))
    }
}

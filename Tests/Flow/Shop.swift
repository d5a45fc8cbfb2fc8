import Commerce
import Database
import FoundationEssentials
import JSON
import Sandbox
import Store
import Work

/// A storefront, two merchants, goods in stock and a good that is sold out.
struct Shop: Sendable {
    let storefront = UUID()
    let merchants = [UUID(), UUID()]
    let storefrontKey = AccessKey()
    let merchantKeys = [AccessKey(), AccessKey()]

    static let warehouse = "SHA-1"
    static let goods = 8

    /// What becomes of an order: the last two digits of its amount tell the simulated buyer what to do.
    enum Fate: String, CaseIterable, Sendable {
        case pays, paysToldTwice, paysAfterError, paysUntold, prepaid, never, declines, late, soldOut

        /// The last two digits of the amount in fen.
        var code: Int64 {
            switch self {
            case .pays, .prepaid, .soldOut: 0
            case .never: 1
            case .declines: 2
            case .paysToldTwice: 3
            case .late: 4
            case .paysAfterError: 5
            case .paysUntold: 6
            }
        }

        /// How an order of this fate ends.
        var ending: String {
            switch self {
            case .pays, .paysToldTwice, .paysAfterError, .paysUntold, .prepaid: "completed"
            case .never, .declines, .late, .soldOut: "cancelled"
            }
        }
    }

    /// The fates of twenty orders in a row: most are paid.
    private static let pattern: [Fate] = [
        .pays, .pays, .prepaid, .paysToldTwice, .pays, .soldOut, .pays, .prepaid, .never, .pays, .paysAfterError, .pays, .prepaid,
        .declines,
        .pays, .paysUntold, .pays, .prepaid, .late, .pays,
    ]

    static func fate(_ number: Int) -> Fate { pattern[number % pattern.count] }

    /// Puts it all into the database.
    func seed(_ database: Database, pepper: KeyPepper, keys: SandboxKeys, sandbox: SandboxConfiguration) async throws {
        let access = Access(database)
        try await access.add(
            storefront: storefront, name: "Flow", webhookURL: sandbox.storefrontWebhookURL, webhookSecret: keys.storefrontWebhookSecret)
        try await access.store(storefrontKey, for: .storefront(storefront), pepper: pepper)
        for (merchant, key) in zip(merchants, merchantKeys) {
            try await access.add(
                merchant: merchant, name: "Merchant", commission: 500, webhookURL: sandbox.merchantWebhookURL,
                webhookSecret: keys.merchantWebhookSecret)
            try await access.store(key, for: .merchant(merchant), pepper: pepper)
        }
        try await database.query(Stock.openWarehouse(Self.warehouse, name: "Shanghai"))
        let receipts = (0..<Self.goods).map { Stock.Receipt(sku: "SKU-\($0)", quantity: 1_000_000) }
        let now = Date()
        let stamp = Stamp(message: MessageID.root(at: now, seed: "flow"), at: now)
        try await database.transaction { transaction in
            _ = try await transaction.commit(with: Stock.receive(receipts, at: Self.warehouse, stamp))
        }
    }

    /// An order as the storefront sends it; some have two lines, of two merchants.
    func order(_ number: Int) -> [UInt8] {
        let fate = Self.fate(number)
        var lines = [
            (merchant: merchants[number % 2], sku: fate == .soldOut ? "SOLD-OUT" : "SKU-\(number % Self.goods)", price: Int64(12_800))
        ]
        if number % 3 == 0 { lines.append((merchants[(number + 1) % 2], "SKU-\((number + 1) % Self.goods)", 4_900)) }
        let goods = lines.reduce(0) { $0 + $1.price }
        let freight = 800 + fate.code
        return JSONWriter.object { json in
            json.member("currency", "CNY")
            json.member("method", fate == .prepaid ? "prepaid" : "wechat")
            json.array("lines", of: lines) { json, line in
                json.object { json in
                    json.member("merchant", line.merchant)
                    json.member("sku", line.sku)
                    json.member("quantity", 1)
                    json.member("unit_price", line.price)
                }
            }
            json.member("freight", freight)
            json.member("total", goods + freight)
            json.object("buyer") { json in
                json.member("ref", "buyer-\(number)")
                json.member("name", "韩梅梅")
                json.member("phone", "139" + String(10_001_000 + number))
                json.object("address") { json in
                    json.member("region", "上海市 浦东新区")
                    json.member("detail", "示例路 1 号")
                }
            }
        }
    }
}

internal import Commerce
internal import Database
internal import FoundationEssentials
internal import JSON
internal import Sandbox
internal import Store
internal import Work

/// The storefront, the merchants and the goods that come with `sluice up`.
struct DemoShop: Sendable {
    struct Good: Sendable {
        let sku: String
        let title: String
        /// Minor units.
        let price: Int64
        let merchant: UUID
    }

    let storefront: UUID
    let merchants: [(id: UUID, name: String)]
    let goods: [Good]
    /// What is listed, and never in stock.
    let soldOut: Good

    static let warehouse = "SHA-1"

    init() {
        // Any fixed id: what follows from it is the same at every start.
        let root = UUID(uuid: (0x5b, 0x1c, 0xe0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1))
        storefront = OrderID.make(storefront: root, key: "storefront")
        let names = ["West Lake Tea 西湖茶庄", "Suzhou Silk 苏州丝绸", "Jingdezhen Porcelain 景德镇瓷器"]
        let merchants = names.map { (id: OrderID.make(storefront: root, key: $0), name: $0) }
        self.merchants = merchants
        let catalogue: [(String, String, Int64, Int)] = [
            ("TEA-LONGJING-250", "龙井茶 250 g", 12_800, 0), ("TEA-PUER-357", "普洱茶饼 357 g", 9_900, 0),
            ("TEA-OOLONG-125", "乌龙茶 125 g", 6_800, 0), ("SILK-SCARF-RED", "真丝围巾 红", 19_900, 1),
            ("SILK-SCARF-BLUE", "真丝围巾 蓝", 19_900, 1), ("SILK-PILLOW", "真丝枕套", 15_900, 1), ("CUP-CELADON", "青瓷茶杯", 4_900, 2),
            ("POT-CELADON", "青瓷茶壶", 16_900, 2), ("BOWL-BLUE-WHITE", "青花碗", 5_900, 2),
        ]
        goods = catalogue.map { Good(sku: $0.0, title: $0.1, price: $0.2, merchant: merchants[$0.3].id) }
        soldOut = Good(sku: "TEA-DAHONGPAO-MOTHER", title: "母树大红袍", price: 999_900, merchant: merchants[0].id)
    }

    /// Puts it all into the database. What is there already stays; stock that has run low is filled up.
    func seed(_ database: Database, secrets: Secrets, sandbox: SandboxKeys, sandboxURL: SandboxConfiguration) async throws {
        let access = Access(database)
        try await access.add(
            storefront: storefront, name: "Sluice demo 演示商城", webhookURL: sandboxURL.storefrontWebhookURL,
            webhookSecret: sandbox.storefrontWebhookSecret)
        for merchant in merchants {
            try await access.add(
                merchant: merchant.id, name: merchant.name, commission: 500, webhookURL: sandboxURL.merchantWebhookURL,
                webhookSecret: sandbox.merchantWebhookSecret)
        }
        let pepper = try KeyPepper(base64: secrets.keyPepper)
        try await store(secrets.storefrontKey, for: .storefront(storefront), pepper, access)
        for merchant in merchants {
            guard let key = secrets.merchantKeys[merchant.id.text] else { continue }
            try await store(key, for: .merchant(merchant.id), pepper, access)
        }
        try await fillUp(database)
    }

    private func store(_ text: String, for principal: Principal, _ pepper: KeyPepper, _ access: Access) async throws {
        guard let key = AccessKey(parsing: text) else { throw CommandError("secrets.json holds a key that is none: remove the file") }
        try await access.store(key, for: principal, pepper: pepper, label: "sluice up")
    }

    private func fillUp(_ database: Database) async throws {
        try await database.query(Stock.openWarehouse(Self.warehouse, name: "Shanghai 上海仓"))
        let rows = try await database.query(
            Query("select sku from stock where warehouse = $1 and available >= 1000000", .text(Self.warehouse)))
        let enough = Set(try rows.map { try $0.text(0) })
        let receipts = goods.filter { !enough.contains($0.sku) }.map { Stock.Receipt(sku: $0.sku, quantity: 10_000_000) }
        guard !receipts.isEmpty else { return }
        let now = Date()
        let stamp = Stamp(message: MessageID.root(at: now, seed: "sluice up \(UInt64.random(in: 0 ... .max))"), at: now)
        try await database.transaction { transaction in
            _ = try await transaction.commit(with: Stock.receive(receipts, at: Self.warehouse, stamp))
        }
    }
}

internal import Commerce
internal import FoundationEssentials
internal import JSON

/// An order as a storefront would send it, and what will become of it.
struct SampleOrder: Sendable {
    /// What a sample order is for. The amount's last two digits tell the simulated buyer what to do: see `sluice sandbox --help`.
    enum Fate: String, CaseIterable, Sendable {
        case paid, prepaid, unpaid, declined, cancelled
        case outOfStock = "out of stock"
        case paidLate = "paid too late"

        /// How its order ends.
        var ending: String {
            switch self {
            case .paid, .prepaid: "completed"
            case .unpaid, .declined, .cancelled, .outOfStock, .paidLate: "cancelled"
            }
        }

        /// Why it ends so, as the order has it.
        var reasons: Set<String> {
            switch self {
            case .paid, .prepaid: []
            case .unpaid: [CancelReason.paymentExpired.rawValue]
            // The failure shows when the payment's time is up and the provider is asked.
            case .declined: [CancelReason.paymentDeclined.rawValue]
            case .paidLate: [CancelReason.paymentExpired.rawValue]
            case .cancelled: [CancelReason.requested.rawValue]
            case .outOfStock: [CancelReason.outOfStock.rawValue]
            }
        }

        /// How often the buyer is charged at WeChat Pay.
        var charges: Int {
            switch self {
            case .paid, .paidLate: 1
            case .prepaid, .unpaid, .declined, .cancelled, .outOfStock: 0
            }
        }
    }

    let fate: Fate
    let key: String
    let body: [UInt8]

    /// The fates of twenty orders in a row; the twenty after them are the same, but that one pays too late instead of never.
    private static let pattern: [Fate] = [
        .paid, .paid, .paid, .prepaid, .paid, .paid, .declined, .paid, .paid, .prepaid, .paid, .cancelled, .paid, .paid, .unpaid, .paid,
        .prepaid, .paid, .outOfStock, .paid,
    ]

    /// - Parameters:
    ///   - number: which of the run, from 0: decides all about it.
    ///   - run: what tells this run's keys from another's.
    init(_ number: Int, run: String, shop: DemoShop) {
        var fate = Self.pattern[number % Self.pattern.count]
        if fate == .unpaid, (number / Self.pattern.count) % 2 == 1 { fate = .paidLate }
        self.fate = fate
        key = "\(run)-\(number)"
        let first = shop.goods[(number &* 7) % shop.goods.count]
        let second = shop.goods[(number &* 5 + 3) % shop.goods.count]
        var lines = [(good: fate == .outOfStock ? shop.soldOut : first, quantity: Int64(1 + number % 2))]
        if number % 3 == 0, second.sku != first.sku { lines.append((second, 1)) }
        let goods = lines.reduce(0) { $0 + $1.good.price * $1.quantity }
        // Freight brings the last two digits to what the fate wants.
        let freight = 800 + (Self.code(fate, number) + 100 - (goods + 800) % 100) % 100
        body = Self.body(number, fate, lines, freight: freight, total: goods + freight)
    }

    private static func code(_ fate: Fate, _ number: Int) -> Int64 {
        switch fate {
        // Most plainly; some are told twice, some after a first error, some not at all.
        case .paid: [0, 0, 0, 3, 0, 5, 0, 0, 6, 0, 0][number % 11]
        case .prepaid, .outOfStock: 0
        case .unpaid, .cancelled: 1
        case .declined: 2
        case .paidLate: 4
        }
    }

    private static let buyers = ["李雷", "韩梅梅", "王芳", "张伟", "刘洋", "陈静", "Alex Chen"]
    private static let regions = ["上海市 浦东新区", "北京市 朝阳区", "广东省 深圳市", "四川省 成都市", "浙江省 杭州市"]

    private static func body(
        _ number: Int, _ fate: Fate, _ lines: [(good: DemoShop.Good, quantity: Int64)], freight: Int64, total: Int64
    ) -> [UInt8] {
        JSONWriter.object { json in
            json.member("currency", "CNY")
            json.member("method", fate == .prepaid ? "prepaid" : "wechat")
            json.array("lines", of: lines) { json, line in
                json.object { json in
                    json.member("merchant", line.good.merchant)
                    json.member("sku", line.good.sku)
                    json.member("title", line.good.title)
                    json.member("quantity", line.quantity)
                    json.member("unit_price", line.good.price)
                }
            }
            json.member("freight", freight)
            json.member("total", total)
            json.object("buyer") { json in
                json.member("ref", "buyer-\(number % 500)")
                json.member("name", buyers[number % buyers.count])
                json.member("phone", "1390000" + String(1_000 + number % 9_000))
                json.object("address") { json in
                    json.member("region", regions[number % regions.count])
                    json.member("detail", "示例路 \(1 + number % 200) 号")
                }
            }
        }
    }
}

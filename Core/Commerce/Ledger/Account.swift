public import FoundationEssentials
internal import JSON

/// An account of the ledger, by its name. Debits are positive: what is owed to us or held; credits are negative: what we
/// owe or earned.
public struct Account: Sendable, Hashable {
    /// Its name.
    public let name: String

    /// An account by the name it has in the ledger.
    public init(name: String) {
        self.name = name
    }

    /// What the provider of a payment method holds for us, until it is paid out.
    public static func clearing(_ method: PaymentMethod) -> Account {
        switch method {
        case .wechat: Account(name: "clearing:wechat")
        case .prepaid: Account(name: "clearing:prepaid")
        }
    }

    /// What is a merchant's but not due yet: the buyer may still return the goods.
    public static func pending(_ merchant: UUID) -> Account { Account(name: "pending:" + merchant.text) }

    /// What is due to a merchant.
    public static func payable(_ merchant: UUID) -> Account { Account(name: "payable:" + merchant.text) }

    /// What we earned by sales.
    public static let commission = Account(name: "revenue:commission")

    /// What buyers paid for shipping.
    public static let freight = Account(name: "revenue:freight")

    /// What came in for an order that no longer was, until it goes back.
    public static let unclaimed = Account(name: "unclaimed")
}

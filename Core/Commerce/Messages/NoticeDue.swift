public import JSON

/// A buyer is to be told by SMS, now or when the quiet hours are over. Whether it is still true is looked at then.
public struct NoticeDue: OrderMessage, Equatable {
    public static let type = "notice.due"

    public var notice: Notice

    public var reference: OrderReference { notice.reference }

    public init(notice: Notice) {
        self.notice = notice
    }

    public init(json: inout JSONObject) throws(JSONError) {
        notice = Notice(
            reference: try OrderReference(json: &json), kind: try json.choice("kind", as: NoticeKind.self),
            subject: try json.uuid("subject"), amount: try Self.amount(&json))
    }

    private static func amount(_ json: inout JSONObject) throws(JSONError) -> Money? {
        guard let amount = try json.optionalInteger("amount", 0...Money.limit) else { return nil }
        return Money(amount, try json.choice("currency", as: Currency.self))
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("kind", notice.kind.rawValue)
        json.member("subject", notice.subject)
        if let amount = notice.amount {
            json.member("amount", amount.amount)
            json.member("currency", amount.currency.rawValue)
        }
    }
}

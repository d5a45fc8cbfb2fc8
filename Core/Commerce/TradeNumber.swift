public import FoundationEssentials
internal import JSON

/// Our names for payments and refunds at a provider: the 32 hexadecimal digits of an id of ours, so that whoever makes one
/// again makes the same, and a notification tells its order without a look at the database.
public enum TradeNumber {
    /// The name of an order's payment (`out_trade_no`), or of a refund (`out_refund_no`).
    public static func of(_ id: UUID) -> String { id.text.filter { $0 != "-" } }

    /// The id that a name stands for; nil for a name that is none of ours.
    public static func id(_ name: String) -> UUID? {
        guard name.utf8.count == 32, name.utf8.allSatisfy({ $0 != UInt8(ascii: "-") }) else { return nil }
        var text = ""
        for (index, digit) in name.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return UUID(text: text)
    }
}

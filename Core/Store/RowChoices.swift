internal import Commerce
internal import Database

/// A value in the database that this program doesn't know.
public struct UnknownValue: Error, CustomStringConvertible {
    /// The value.
    public let value: String
    /// What is posted or moved.
    public let kind: String

    public var description: String { "the database holds '\(value)', which is no \(kind)" }
}

extension Row {
    /// A text that names a case of an enumeration.
    func choice<Choice: RawRepresentable<String>>(_ column: Int, as type: Choice.Type = Choice.self) throws -> Choice {
        let text = try text(column)
        guard let choice = Choice(rawValue: text) else { throw UnknownValue(value: text, kind: "\(type)") }
        return choice
    }

    /// An order's number.
    func orderNumber(_ column: Int) throws -> OrderNumber {
        let value = try integer(column)
        guard let number = OrderNumber(value: value) else { throw UnknownValue(value: "\(value)", kind: "order number") }
        return number
    }

    /// An order's reference, from five columns: id, storefront, number, locale, buyer_ref.
    func orderReference(from column: Int) throws -> OrderReference {
        OrderReference(
            order: try uuid(column), storefront: try uuid(column + 1), number: try orderNumber(column + 2),
            locale: try choice(column + 3), buyerRef: try text(column + 4))
    }
}

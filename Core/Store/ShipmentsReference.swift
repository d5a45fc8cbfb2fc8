internal import Commerce
internal import Database
internal import FoundationEssentials

/// A row holds what no version of ours writes.
struct UnreadableRow: Error, CustomStringConvertible {
    let table: String
    let column: String
    let id: UUID

    var description: String { "\(table) \(id): \(column) holds what is not known here" }
}

extension OrderReference {
    /// Columns of `orders` that make a reference, in the order that ``init(order:_:from:)`` reads them.
    static let columns = "o.storefront, o.number, o.locale, o.buyer_ref"

    /// Reads ``columns`` from a column on.
    init(order: UUID, _ row: Row, from column: Int) throws {
        guard let number = OrderNumber(value: try row.integer(column + 1)) else {
            throw UnreadableRow(table: "orders", column: "number", id: order)
        }
        guard let locale = Language(rawValue: try row.text(column + 2)) else {
            throw UnreadableRow(table: "orders", column: "locale", id: order)
        }
        self.init(
            order: order, storefront: try row.uuid(column), number: number, locale: locale, buyerRef: try row.text(column + 3))
    }
}

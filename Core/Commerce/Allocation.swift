/// Pieces of a SKU that are taken from a warehouse for a line of an order.
public struct Allocation: Sendable, Equatable {
    /// The line's number in its order, from 1.
    public let line: Int64
    /// What it is.
    public let sku: String
    /// The warehouse's code.
    public let warehouse: String
    /// How many pieces.
    public let quantity: Int64

    public init(line: Int64, sku: String, warehouse: String, quantity: Int64) {
        self.line = line
        self.sku = sku
        self.warehouse = warehouse
        self.quantity = quantity
    }
}

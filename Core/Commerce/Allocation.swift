/// Pieces of a SKU that are taken from a warehouse for a line of an order.
public struct Allocation: Sendable, Equatable {
    /// The line's number in its order, from 1.
    public let line: Int64
    public let sku: String
    public let warehouse: String
    public let quantity: Int64

    public init(line: Int64, sku: String, warehouse: String, quantity: Int64) {
        self.line = line
        self.sku = sku
        self.warehouse = warehouse
        self.quantity = quantity
    }
}

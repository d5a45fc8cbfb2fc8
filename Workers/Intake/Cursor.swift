internal import Commerce
internal import FoundationEssentials
internal import Store

/// Where a list goes on, as a text that says nothing to those outside: what kind of list, then 16 or 24 bytes in hexadecimal.
/// It names the last row that was shown, so what comes in meanwhile moves nothing.
enum Cursor {
    private static let orders = "o1"
    private static let fulfillments = "f1"

    static func text(_ position: OrderSearch.Position) -> String {
        let microseconds = Int64((position.placedAt.timeIntervalSinceReferenceDate * 1_000_000).rounded())
        let time = withUnsafeBytes(of: microseconds.bigEndian) { [UInt8]($0) }
        return orders + Hexadecimal.text(time + bytes(position.order))
    }

    static func text(_ position: FulfillmentPosition) -> String {
        fulfillments + Hexadecimal.text(bytes(position.message) + bytes(position.id))
    }

    /// Reads a position among orders; nil where the text is none.
    static func orders(_ text: String) -> OrderSearch.Position? {
        guard let bytes = bytes(text, after: orders), bytes.count == 24 else { return nil }
        let microseconds = Int64(bitPattern: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) })
        // A thousand years around 2001: what a database's time can hold, and any of ours.
        guard abs(microseconds) < 31_556_952_000_000_000, let order = uuid(bytes[8...]) else { return nil }
        return OrderSearch.Position(
            placedAt: Date(timeIntervalSinceReferenceDate: Double(microseconds) / 1_000_000), order: order)
    }

    /// Reads a position among fulfillment orders; nil where the text is none.
    static func fulfillments(_ text: String) -> FulfillmentPosition? {
        guard let bytes = bytes(text, after: fulfillments), bytes.count == 32, let message = uuid(bytes[..<16]), let id = uuid(bytes[16...])
        else { return nil }
        return FulfillmentPosition(message: message, id: id)
    }

    private static func bytes(_ text: String, after kind: String) -> [UInt8]? {
        guard text.hasPrefix(kind), text.utf8.count <= 80 else { return nil }
        return Hexadecimal.bytes(String(text.dropFirst(kind.count)))
    }

    private static func bytes(_ id: UUID) -> [UInt8] { withUnsafeBytes(of: id.uuid) { [UInt8]($0) } }

    private static func uuid(_ bytes: ArraySlice<UInt8>) -> UUID? {
        guard bytes.count == 16 else { return nil }
        var value: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes) }
        return UUID(uuid: value)
    }
}

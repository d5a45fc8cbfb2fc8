/// Placeholder.
final class ResultHandle: Sendable {
    var rowCount: Int { 0 }
    var columnCount: Int { 0 }
    var affected: Int { 0 }
    func columnName(_ column: Int) -> String { "" }
    func columnType(_ column: Int) -> UInt32 { 0 }
    func value(row: Int, column: Int) -> UnsafeRawBufferPointer? { nil }
}

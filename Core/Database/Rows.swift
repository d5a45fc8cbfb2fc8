/// What a statement brought: rows that are decoded when they are looked at.
public struct Rows: RandomAccessCollection, Sendable {
    let result: ResultHandle

    public var startIndex: Int { 0 }
    public var endIndex: Int { result.rowCount }
    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < endIndex, "there is no row \(position) of \(endIndex)")
        return Row(result: result, index: position)
    }

    /// How many rows an INSERT, UPDATE, DELETE or SELECT touched; 0 for other statements.
    public var affected: Int { result.affected }

    /// The names of the columns, in order.
    public var columns: [String] { (0..<result.columnCount).map(result.columnName) }

    /// The only row. Throws where there are none or several.
    public func only() throws(DatabaseError) -> Row {
        guard count == 1 else { throw DatabaseError(.unreadable, "\(count) rows where one was expected") }
        return self[0]
    }
}

internal import CPostgres

/// A result in libpq's memory.
///
/// Unchecked: libpq never changes a result once it has been handed out, so any thread may read it (manual, 34.20).
final class ResultHandle: @unchecked Sendable {
    private let result: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    init(owning result: OpaquePointer) {
        self.result = result
        rowCount = Int(PQntuples(result))
        columnCount = Int(PQnfields(result))
    }

    deinit { PQclear(result) }

    /// What the server calls what it did: `INSERT 0 5`, `COMMIT`.
    var commandTag: String { String(cString: PQcmdStatus(result)) }

    var affected: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    func columnName(_ column: Int) -> String { PQfname(result, Int32(column)).map { String(cString: $0) } ?? "" }

    func columnType(_ column: Int) -> UInt32 { PQftype(result, Int32(column)) }

    /// The value's bytes, good as long as this object; nil for NULL.
    func value(row: Int, column: Int) -> UnsafeRawBufferPointer? {
        let (row, column) = (Int32(row), Int32(column))
        guard PQgetisnull(result, row, column) == 0 else { return nil }
        return UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    }
}

extension DatabaseError {
    /// What the server refused with, or libpq itself: then the connection is no more.
    init(refusal result: OpaquePointer, script: String? = nil) {
        func field(_ name: Character) -> String? {
            PQresultErrorField(result, Int32(name.asciiValue!)).map { String(cString: $0) }
        }
        let sqlState = field("C")
        var message = field("M") ?? String(cString: PQresultErrorMessage(result)).singleLine
        // Class 22 quotes the value that didn't fit.
        if sqlState?.hasPrefix("22") == true { message = message.withoutQuotations }
        if let script, let position = field("P").flatMap({ Int($0) }) {
            let line = script.unicodeScalars.prefix(max(position - 1, 0)).count { $0 == "\n" } + 1
            message = "line \(line): \(message)"
        }
        self.init(sqlState == nil ? .connectionLost : .server, message, sqlState: sqlState)
        detail = field("D")
        table = field("t")
        constraint = field("n")
        source = field("R")
    }
}

extension String {
    /// libpq's messages have several lines, the later ones indented.
    var singleLine: String {
        split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }.joined(separator: " ")
    }

    var withoutQuotations: String {
        let parts = split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().map { $0.offset.isMultiple(of: 2) ? String($0.element) : "…" }.joined(separator: "\"")
    }
}

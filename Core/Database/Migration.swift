internal import Crypto

/// One step of the schema. Once applied anywhere it is never edited: write another.
public struct Migration: Sendable {
    /// From 1, without gaps.
    public let number: Int
    public let name: String
    /// Statements, run in one transaction; so nothing that refuses one (`CREATE INDEX CONCURRENTLY`), and no COMMIT.
    public let sql: String

    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// As people name it: `0002_commerce`.
    public var title: String {
        let digits = String(number)
        return String(repeating: "0", count: max(4 - digits.count, 0)) + digits + "_" + name
    }

    /// SHA-256 of the statements, in hexadecimal.
    var checksum: String {
        SHA256.hash(data: Array(sql.utf8)).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }
}

import FoundationEssentials
import Support
import Testing

@testable import Database

struct ColumnTests {
    static let texts = ["", "plain", "it's \"quoted\" {braces}, \\slashes\\ and,commas", "NULL", "待付款 — 🚚 é", "two\nlines\ttab"]
    static let integers: [Int64] = [0, 1, -1, .max, .min, 4_294_967_296]
    static let uuids = [UUID(), UUID(uuidString: "00000000-0000-0000-0000-000000000000")!, UUID()]
    static let dates = [
        Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 1_760_000_000.123456), Date(timeIntervalSince1970: -86_400.5),
        Date(timeIntervalSince1970: 946_684_800),
    ]
    static let byteStrings: [[UInt8]] = [[], [0], [0, 255, 92, 39, 0], Array(0...255)]

    @Test func `every scalar comes back as it was sent`() async throws {
        let database = try await Fixture().database
        for value in Self.texts { #expect(try await database.query(Query("SELECT $1", .text(value))).only().text(0) == value) }
        for value in Self.integers { #expect(try await database.query(Query("SELECT $1", .integer(value))).only().integer(0) == value) }
        for value in Self.uuids { #expect(try await database.query(Query("SELECT $1", .uuid(value))).only().uuid(0) == value) }
        for value in Self.byteStrings { #expect(try await database.query(Query("SELECT $1", .bytes(value))).only().bytes(0) == value) }
        for value in [true, false] { #expect(try await database.query(Query("SELECT $1", .bool(value))).only().bool(0) == value) }
        for value in Self.dates {
            let back = try await database.query(Query("SELECT $1", .timestamp(value))).only().timestamp(0)
            #expect(abs(back.timeIntervalSince(value)) < 0.000_001)
        }
        let json = Array(#"{"a": [1, "ü"]}"#.utf8)
        #expect(try await database.query(Query("SELECT $1", .json(json))).only().json(0) == json)
        #expect(try await database.query(Query("SELECT $1->'a'->>1", .json(json))).only().text(0) == "ü")
    }

    @Test func `times mean to the server what they mean to us`() async throws {
        let database = try await Fixture().database
        let row = try await database.query(
            Query("SELECT $1 = '2025-10-09T08:53:20.123456Z'::timestamptz", .timestamp(Date(timeIntervalSince1970: 1_760_000_000.123456)))
        ).only()
        #expect(try row.bool(0))
    }

    @Test func `every array comes back as it was sent, empty ones and NULLs in it too`() async throws {
        let database = try await Fixture().database
        func echo<Element: ColumnValue>(_ parameter: Parameter, as type: Element.Type) async throws -> [Element] {
            try await database.query(Query("SELECT $1", parameter)).only().array(0, of: type)
        }
        #expect(try await echo(.texts(Self.texts), as: String.self) == Self.texts)
        #expect(try await echo(.integers(Self.integers), as: Int64.self) == Self.integers)
        #expect(try await echo(.uuids(Self.uuids), as: UUID.self) == Self.uuids)
        #expect(try await echo(.byteStrings(Self.byteStrings), as: [UInt8].self) == Self.byteStrings)
        #expect(try await echo(.bools([true, false, true]), as: Bool.self) == [true, false, true])
        #expect(try await echo(.timestamps(Self.dates), as: Date.self).count == Self.dates.count)

        #expect(try await echo(.optionalTexts(["a", nil, ""]), as: String?.self) == ["a", nil, ""])
        #expect(try await echo(.optionalIntegers([nil, 1, nil]), as: Int64?.self) == [nil, 1, nil])
        #expect(try await echo(.optionalUUIDs([nil, Self.uuids[0]]), as: UUID?.self) == [nil, Self.uuids[0]])
        #expect(try await echo(.optionalByteStrings([[1], nil]), as: [UInt8]?.self) == [[1], nil])
        #expect(try await echo(.optionalTimestamps([nil, Self.dates[0]]), as: Date?.self) == [nil, Self.dates[0]])

        #expect(try await echo(.texts([]), as: String.self).isEmpty)
        #expect(try await echo(.uuids([]), as: UUID.self).isEmpty)
        #expect(try await echo(.optionalIntegers([]), as: Int64?.self).isEmpty)
        #expect(try await database.query(Query("SELECT * FROM unnest($1)", .texts([]))).isEmpty)
    }

    @Test func `NULL is read as nil, and refused where it can't be`() async throws {
        let database = try await Fixture().database
        let row = try await database.query(Query("SELECT $1::uuid, $2::int8, 7::int8", .null, .optionalInteger(nil))).only()
        #expect(try row.optionalUUID(0) == nil)
        #expect(try row.optionalInteger(1) == nil)
        #expect(try row.optionalInteger(2) == 7)
        #expect(try row.isNull(0))
        #expect(throws: DatabaseError.self) { try row.uuid(0) }
        let error = try await failure { try row.integer(1) }
        #expect(error?.code == .unreadable)
    }

    @Test func `several columns are read at once`() async throws {
        let database = try await Fixture().database
        let id = UUID()
        let row = try await database.query(Query("SELECT $1, 5::int4, NULL::text, true", .uuid(id))).only()
        let (first, second, third, fourth) = try row.decode(UUID.self, Int64.self, String?.self, Bool.self)
        #expect(first == id)
        #expect(second == 5)
        #expect(third == nil)
        #expect(fourth)
    }

    @Test func `numbers of every size are read as integers, sums too, fractions not`() async throws {
        let database = try await Fixture().database
        let row = try await database.query(
            """
            SELECT 1::int2, 2::int4, 3::int8, sum(n), 120000::numeric, -9223372036854775808::numeric, 0::numeric, 4::oid, 1.5::numeric,
                9223372036854775808::numeric, 2.5::float8
            FROM (VALUES (9000000000000000000::int8), (7)) AS t (n)
            """
        ).only()
        let expected: [Int64] = [1, 2, 3, 9_000_000_000_000_000_007, 120_000, .min, 0, 4]
        for (column, value) in expected.enumerated() { #expect(try row.integer(column) == value) }
        #expect(throws: DatabaseError.self) { try row.integer(8) }
        #expect(throws: DatabaseError.self) { try row.integer(9) }
        #expect(try row.double(10) == 2.5)
    }

    @Test func `enums and other kinds of text are read as text`() async throws {
        let fixture = try await Fixture()
        try await fixture.database.script("CREATE TYPE state AS ENUM ('paid', '已付款')")
        let row = try await fixture.database.query(
            Query("SELECT $1::text::state, 'v'::varchar, 'n'::name, 'c'::char(3), ARRAY[$1::text::state]", .text("已付款"))
        ).only()
        #expect(try row.text(0) == "已付款")
        #expect(try row.text(1) == "v")
        #expect(try row.text(2) == "n")
        #expect(try row.text(3) == "c  ")
        #expect(try row.array(4, of: String.self) == ["已付款"])
    }

    @Test func `a column of another type is refused by name`() async throws {
        let database = try await Fixture().database
        let row = try await database.query("SELECT 'secret' AS note, 1::int8 AS total").only()
        let error = try await failure { try row.integer(0) }
        #expect(error?.description.contains("note") == true)
        #expect(error?.description.contains("secret") == false)
        #expect(throws: DatabaseError.self) { try row.text(1) }
        #expect(throws: DatabaseError.self) { try row.text(2) }
    }

    @Test func `one statement serves NULLs and values in turn`() async throws {
        let database = try await Fixture { $0.connections = 1 }.database
        for value in [nil, 5, nil, 7] as [Int64?] {
            #expect(
                try await database.query(Query("SELECT $1::int4 + 1", .optionalInteger(value))).only().optionalInteger(0)
                    == value.map { $0 + 1 })
        }
    }

    @Test func `a flight of many rows arrives whole`() async throws {
        let database = try await Fixture().database
        try await database.script("CREATE TABLE big (id uuid PRIMARY KEY, n int8, note text, at timestamptz)")
        let ids = (0..<50_000).map { _ in UUID() }
        let notes = ids.indices.map { "note \($0) \(String(repeating: "长", count: $0 % 40))" }
        let insert = Query(
            "INSERT INTO big SELECT * FROM unnest($1, $2, $3, $4)", .uuids(ids), .integers(ids.indices.map { Int64($0) }), .texts(notes),
            .timestamps(ids.map { _ in Date(timeIntervalSince1970: 5) }))
        #expect(try await database.query(insert).affected == 50_000)
        let rows = try await database.query("SELECT id, n, note FROM big ORDER BY n")
        #expect(rows.count == 50_000)
        var wrong = 0
        for (index, row) in rows.enumerated() where try row.uuid(0) != ids[index] || row.text(2) != notes[index] { wrong += 1 }
        #expect(wrong == 0)
    }
}

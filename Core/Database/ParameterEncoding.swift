internal import FoundationEssentials

extension Parameter {
    var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The type it is sent under.
    var type: PostgresType {
        switch self {
        case .null: .inferred
        case .bool: .bool
        case .integer: .int8
        case .text: .text
        case .bytes: .bytea
        case .uuid: .uuid
        case .timestamp: .timestamptz
        case .json: .jsonb
        case .bools: .boolArray
        case .integers, .optionalIntegers: .int8Array
        case .texts, .optionalTexts: .textArray
        case .uuids, .optionalUUIDs: .uuidArray
        case .timestamps, .optionalTimestamps: .timestamptzArray
        case .byteStrings, .optionalByteStrings: .byteaArray
        }
    }

    /// How many bytes ``write(to:)`` will write.
    var binaryLength: Int {
        switch self {
        case .null: 0
        case .bool: 1
        case .integer, .timestamp: 8
        case .text(let value): value.utf8.count
        case .bytes(let value): value.count
        case .uuid: 16
        case .json(let value): 1 + value.count
        case .bools(let values): arrayLength(values.count, 1)
        case .integers(let values): arrayLength(values.count, 8)
        case .timestamps(let values): arrayLength(values.count, 8)
        case .uuids(let values): arrayLength(values.count, 16)
        case .optionalIntegers(let values): arrayLength(of: values) { _ in 8 }
        case .optionalTimestamps(let values): arrayLength(of: values) { _ in 8 }
        case .optionalUUIDs(let values): arrayLength(of: values) { _ in 16 }
        case .texts(let values): values.reduce(arrayLength(values.count, 0)) { $0 + $1.utf8.count }
        case .byteStrings(let values): values.reduce(arrayLength(values.count, 0)) { $0 + $1.count }
        case .optionalTexts(let values): arrayLength(of: values) { $0.utf8.count }
        case .optionalByteStrings(let values): arrayLength(of: values) { $0.count }
        }
    }

    private func arrayLength(_ count: Int, _ size: Int) -> Int { count == 0 ? 12 : 20 + count * (4 + size) }

    private func arrayLength<Value>(of values: [Value?], _ size: (Value) -> Int) -> Int {
        values.reduce(arrayLength(values.count, 0)) { $0 + ($1.map(size) ?? 0) }
    }

    func write(to writer: inout BinaryWriter) {
        switch self {
        case .null: break
        case .bool(let value): writer.store(UInt8(value ? 1 : 0))
        case .integer(let value): writer.integer(value)
        case .text(let value): writer.text(value)
        case .bytes(let value): value.withUnsafeBytes { writer.bytes($0) }
        case .uuid(let value): writer.store(value.uuid)
        case .timestamp(let value): writer.integer(Timestamp.microseconds(value))
        case .json(let value):
            writer.store(UInt8(1))  // the version of jsonb's binary form
            value.withUnsafeBytes { writer.bytes($0) }
        case .bools(let values): writer.array(values, of: .bool) { $1.store(UInt8($0 ? 1 : 0)) }
        case .integers(let values): writer.array(values, of: .int8) { $1.integer($0) }
        case .texts(let values): writer.array(values, of: .text) { $1.text($0) }
        case .uuids(let values): writer.array(values, of: .uuid) { $1.store($0.uuid) }
        case .timestamps(let values): writer.array(values, of: .timestamptz) { $1.integer(Timestamp.microseconds($0)) }
        case .byteStrings(let values): writer.array(values, of: .bytea) { value, writer in value.withUnsafeBytes { writer.bytes($0) } }
        case .optionalIntegers(let values): writer.array(optional: values, of: .int8) { $1.integer($0) }
        case .optionalTexts(let values): writer.array(optional: values, of: .text) { $1.text($0) }
        case .optionalUUIDs(let values): writer.array(optional: values, of: .uuid) { $1.store($0.uuid) }
        case .optionalTimestamps(let values):
            writer.array(optional: values, of: .timestamptz) { $1.integer(Timestamp.microseconds($0)) }
        case .optionalByteStrings(let values):
            writer.array(optional: values, of: .bytea) { value, writer in value.withUnsafeBytes { writer.bytes($0) } }
        }
    }
}

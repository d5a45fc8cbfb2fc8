internal import FoundationEssentials

/// The values of a whole flight's parameters in PostgreSQL's binary form, one after the other in one buffer.
///
/// Measured first and then written, so that a flight of a hundred thousand elements is one allocation. Done by the task
/// that asks, not on the reactor's thread.
struct Payload: Sendable {
    /// Where a value lies.
    struct Slot: Sendable {
        let type: PostgresType
        let offset: Int
        /// In bytes; -1 for NULL.
        let length: Int32
    }

    /// The most a flight may carry.
    static let maximumBytes = 64 << 20

    /// Never empty, so that even an empty value has an address: libpq takes none for NULL.
    let bytes: [UInt8]
    let slots: [Slot]

    init(_ queries: [Query]) throws(DatabaseError) {
        var total = 1
        var count = 0
        for query in queries {
            count += query.parameters.count
            for parameter in query.parameters { total += parameter.binaryLength }
        }
        guard total <= Payload.maximumBytes else {
            throw DatabaseError(.misuse, "a flight of \(total) bytes: at most \(Payload.maximumBytes) are sent at once")
        }
        var slots: [Slot] = []
        slots.reserveCapacity(count)
        bytes = [UInt8](unsafeUninitializedCapacity: total) { buffer, initialized in
            var writer = BinaryWriter(UnsafeMutableRawPointer(buffer.baseAddress!))
            for query in queries {
                for parameter in query.parameters {
                    let start = writer.count
                    parameter.write(to: &writer)
                    let length = parameter.isNull ? -1 : Int32(writer.count - start)
                    slots.append(Slot(type: parameter.type, offset: start, length: length))
                }
            }
            writer.store(UInt8(0))
            precondition(writer.count == total, "parameters measured \(total) bytes and written \(writer.count)")
            initialized = total
        }
        self.slots = slots
    }
}

/// A cursor over memory that is known to be large enough.
struct BinaryWriter {
    private let base: UnsafeMutableRawPointer
    private(set) var count = 0

    init(_ base: UnsafeMutableRawPointer) { self.base = base }

    @inline(__always)
    mutating func store<Value: BitwiseCopyable>(_ value: Value) {
        base.storeBytes(of: value, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    @inline(__always)
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) { store(value.bigEndian) }

    @inline(__always)
    mutating func bytes(_ source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress else { return }
        (base + count).copyMemory(from: start, byteCount: source.count)
        count += source.count
    }

    @inline(__always)
    mutating func text(_ value: String) {
        let isDone: Void? = value.utf8.withContiguousStorageIfAvailable { bytes(UnsafeRawBufferPointer($0)) }
        if isDone == nil { for byte in value.utf8 { store(byte) } }
    }

    /// The head of a one-dimensional array, see ``Field/elements()``. An empty one has no dimension at all.
    mutating func arrayHead(count: Int, of type: PostgresType, hasNulls: Bool) {
        integer(Int32(count == 0 ? 0 : 1))
        integer(Int32(hasNulls ? 1 : 0))
        integer(type.oid)
        guard count > 0 else { return }
        integer(Int32(count))
        integer(Int32(1))
    }

    /// An array of elements of variable length.
    @inline(__always)
    mutating func array<Value>(_ values: [Value], of type: PostgresType, _ write: (Value, inout BinaryWriter) -> Void) {
        arrayHead(count: values.count, of: type, hasNulls: false)
        for value in values { element(value, write) }
    }

    @inline(__always)
    mutating func array<Value>(optional values: [Value?], of type: PostgresType, _ write: (Value, inout BinaryWriter) -> Void) {
        arrayHead(count: values.count, of: type, hasNulls: true)
        for value in values {
            if let value { element(value, write) } else { integer(Int32(-1)) }
        }
    }

    @inline(__always)
    private mutating func element<Value>(_ value: Value, _ write: (Value, inout BinaryWriter) -> Void) {
        let head = count
        count += 4
        write(value, &self)
        base.storeBytes(of: Int32(count - head - 4).bigEndian, toByteOffset: head, as: Int32.self)
    }
}

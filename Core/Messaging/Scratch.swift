internal import CRabbitMQ

/// Memory for the texts of one C call: written one after another, forgotten together.
///
/// librabbitmq takes pointers and lengths and copies at once; nesting a `withUTF8` for each text of a message would cost more than this copy.
final class Scratch {
    /// The most headers a table may have.
    static let headerLimit = 64
    /// The most bytes all texts of a message may take: they must fit one frame.
    static let textLimit = 100_000

    private let bytes = UnsafeMutableRawPointer.allocate(byteCount: Scratch.textLimit, alignment: 16)
    private let entries = UnsafeMutablePointer<amqp_table_entry_t>.allocate(capacity: Scratch.headerLimit)
    /// The bytes in use.
    private(set) var used = 0
    private var entriesUsed = 0

    deinit {
        bytes.deallocate()
        entries.deallocate()
    }

    func reset() {
        used = 0
        entriesUsed = 0
    }

    /// The text's bytes, good until the next reset.
    func put(_ text: String) -> amqp_bytes_t {
        var text = text
        let place = bytes + used
        let count = text.withUTF8 { utf8 in
            precondition(used + utf8.count <= Scratch.textLimit, "texts must be checked against their limit first")
            if let base = utf8.baseAddress { place.copyMemory(from: base, byteCount: utf8.count) }
            return utf8.count
        }
        used += count
        return amqp_bytes_t(len: count, bytes: place)
    }

    /// The same with a zero byte at its end, for C strings.
    func putTerminated(_ text: String) -> UnsafePointer<CChar> {
        let start = put(text)
        precondition(used < Scratch.textLimit)
        bytes.storeBytes(of: 0, toByteOffset: used, as: UInt8.self)
        used += 1
        return UnsafeRawPointer(start.bytes).assumingMemoryBound(to: CChar.self)
    }

    /// A table, good until the next reset. Headers of kind `other` are left out.
    func put(_ headers: [Header]) -> amqp_table_t {
        let first = entries + entriesUsed
        for header in headers {
            var value = amqp_field_value_t()
            switch header.value {
            case .string(let string):
                value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
                value.value.bytes = put(string)
            case .integer(let integer):
                value.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
                value.value.i64 = integer
            case .bool(let bool):
                value.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
                value.value.boolean = bool ? 1 : 0
            case .other: continue
            }
            put(header.name, value)
        }
        return amqp_table_t(num_entries: Int32((entries + entriesUsed) - first), entries: first)
    }

    /// A table within a table, good until the next reset.
    func put(_ name: String, _ table: amqp_table_t) {
        var value = amqp_field_value_t()
        value.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
        value.value.table = table
        put(name, value)
    }

    private func put(_ name: String, _ value: amqp_field_value_t) {
        precondition(entriesUsed < Scratch.headerLimit, "headers must be checked against their limit first")
        (entries + entriesUsed).initialize(to: amqp_table_entry_t(key: put(name), value: value))
        entriesUsed += 1
    }
}

extension Publication {
    /// Why this cannot be sent, or nil. Everything but the body must fit one frame, and each text what AMQP keeps its length in.
    func problem(largestBody: Int) -> String? {
        func isLong(_ text: String?) -> Bool { text.map { $0.utf8.count > 255 } ?? false }
        if isLong(exchange) || isLong(routingKey) || isLong(properties.messageID) || isLong(properties.type)
            || isLong(properties.contentType)
        {
            return "its exchange, routing key, message id, type or content type is longer than 255 bytes"
        }
        if body.count > largestBody { return "its body of \(body.count) bytes is larger than \(largestBody)" }
        if properties.headers.count > Scratch.headerLimit { return "it has more than \(Scratch.headerLimit) headers" }
        var size = 0
        for header in properties.headers {
            guard header.name.utf8.count <= 128 else { return "the name of a header is longer than 128 bytes" }
            if case .string(let string) = header.value { size += string.utf8.count }
            size += header.name.utf8.count
        }
        return size > Scratch.textLimit - 2048 ? "its headers of \(size) bytes don't fit a frame" : nil
    }
}

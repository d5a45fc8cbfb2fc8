internal import CRabbitMQ
internal import Glibc

/// The message under way on a channel: its method came, its header or body not yet. One for each channel, used again and again.
final class Incoming {
    var isExpected = false
    var deliveryTag: UInt64 = 0
    var isRedelivered = false
    var exchange = ""
    var routingKey = ""
    /// The broker's code and words, where it is one of ours that comes back.
    var returned: (code: Int, text: String)?
    var properties = Properties()
    var bytesMissing: UInt64 = 0
    /// What came of a body that takes several frames.
    var body: [UInt8] = []
}

extension ConnectionHandle {
    /// What the broker said next; nil when there is nothing more for the moment. Also serves the heartbeats, both ways.
    func next() throws(MessagingError) -> Event? {
        while true {
            var frame = amqp_frame_t()
            var now = timeval(tv_sec: 0, tv_usec: 0)
            let status = amqp_simple_wait_frame_noblock(state, &frame, &now)
            if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
            guard status == AMQP_STATUS_OK.rawValue else { throw lost(status) }
            let event: Event?
            switch Int32(frame.frame_type) {
            case AMQP_FRAME_METHOD: event = received(frame.payload.method, frame.channel)
            case AMQP_FRAME_HEADER: event = received(header: frame)
            case AMQP_FRAME_BODY: event = received(body: frame.payload.body_fragment, frame.channel)
            default: event = nil
            }
            // All that the frame held was copied; without this the channel's pool would grow for ever.
            amqp_maybe_release_buffers_on_channel(state, frame.channel)
            if let event { return event }
        }
    }

    private func received(_ method: amqp_method_t, _ channel: UInt16) -> Event? {
        guard let fields = method.decoded else { return nil }
        func read<Fields>(_: Fields.Type) -> Fields { fields.assumingMemoryBound(to: Fields.self).pointee }
        switch method.id {
        case AMQP_BASIC_DELIVER_METHOD:
            let deliver = read(amqp_basic_deliver_t.self)
            let message = expect(deliver.exchange, deliver.routing_key, on: channel)
            message.deliveryTag = deliver.delivery_tag
            message.isRedelivered = deliver.redelivered != 0
            return nil
        case AMQP_BASIC_RETURN_METHOD:
            let back = read(amqp_basic_return_t.self)
            expect(back.exchange, back.routing_key, on: channel).returned = (Int(back.reply_code), String(back.reply_text))
            return nil
        case AMQP_BASIC_ACK_METHOD:
            let ack = read(amqp_basic_ack_t.self)
            return .acknowledged(channel: channel, tag: ack.delivery_tag, multiple: ack.multiple != 0)
        case AMQP_BASIC_NACK_METHOD:
            let nack = read(amqp_basic_nack_t.self)
            return .nacked(channel: channel, tag: nack.delivery_tag, multiple: nack.multiple != 0)
        case AMQP_BASIC_CANCEL_METHOD: return .consumerCancelled(channel: channel)
        case AMQP_CHANNEL_CLOSE_METHOD:
            let close = read(amqp_channel_close_t.self)
            return .channelClosed(channel: channel, code: Int(close.reply_code), text: String(close.reply_text))
        case AMQP_CONNECTION_CLOSE_METHOD:
            let close = read(amqp_connection_close_t.self)
            return .connectionClosed(code: Int(close.reply_code), text: String(close.reply_text))
        case AMQP_CONNECTION_BLOCKED_METHOD: return .blocked(reason: String(read(amqp_connection_blocked_t.self).reason))
        case AMQP_CONNECTION_UNBLOCKED_METHOD: return .unblocked
        case AMQP_QUEUE_DECLARE_OK_METHOD:
            let declared = read(amqp_queue_declare_ok_t.self)
            return .reply(channel: channel, .queue(messages: Int(declared.message_count), consumers: Int(declared.consumer_count)))
        case AMQP_QUEUE_PURGE_OK_METHOD:
            return .reply(channel: channel, .queue(messages: Int(read(amqp_queue_purge_ok_t.self).message_count), consumers: 0))
        case AMQP_QUEUE_DELETE_OK_METHOD:
            return .reply(channel: channel, .queue(messages: Int(read(amqp_queue_delete_ok_t.self).message_count), consumers: 0))
        case AMQP_CHANNEL_OPEN_OK_METHOD, AMQP_CHANNEL_CLOSE_OK_METHOD, AMQP_CONFIRM_SELECT_OK_METHOD, AMQP_BASIC_QOS_OK_METHOD,
            AMQP_BASIC_CONSUME_OK_METHOD, AMQP_BASIC_CANCEL_OK_METHOD, AMQP_EXCHANGE_DECLARE_OK_METHOD, AMQP_QUEUE_BIND_OK_METHOD,
            AMQP_QUEUE_UNBIND_OK_METHOD:
            return .reply(channel: channel, .done)
        default: return nil
        }
    }

    @discardableResult
    private func expect(_ exchange: amqp_bytes_t, _ routingKey: amqp_bytes_t, on channel: UInt16) -> Incoming {
        while incoming.count <= Int(channel) { incoming.append(Incoming()) }
        let message = incoming[Int(channel)]
        message.isExpected = true
        message.exchange = interned.text(exchange)
        message.routingKey = interned.text(routingKey)
        message.returned = nil
        message.body = []
        return message
    }

    private func expected(_ channel: UInt16) -> Incoming? {
        guard Int(channel) < incoming.count else { return nil }
        let message = incoming[Int(channel)]
        return message.isExpected ? message : nil
    }

    private func received(header frame: amqp_frame_t) -> Event? {
        guard let message = expected(frame.channel), let decoded = frame.payload.properties.decoded else { return nil }
        message.properties = read(decoded.assumingMemoryBound(to: amqp_basic_properties_t.self))
        message.bytesMissing = frame.payload.properties.body_size
        return message.bytesMissing == 0 ? complete(message, frame.channel, []) : nil
    }

    private func received(body fragment: amqp_bytes_t, _ channel: UInt16) -> Event? {
        guard let message = expected(channel) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len)
        let isLast = message.bytesMissing <= UInt64(bytes.count)
        // Most bodies come in one piece.
        if isLast, message.body.isEmpty { return complete(message, channel, [UInt8](bytes)) }
        message.bytesMissing = isLast ? 0 : message.bytesMissing - UInt64(bytes.count)
        message.body.append(contentsOf: bytes)
        return isLast ? complete(message, channel, message.body) : nil
    }

    private func complete(_ message: Incoming, _ channel: UInt16, _ body: [UInt8]) -> Event {
        message.isExpected = false
        let content = Content(
            deliveryTag: message.deliveryTag, isRedelivered: message.isRedelivered, exchange: message.exchange,
            routingKey: message.routingKey, properties: message.properties, body: body)
        if let returned = message.returned {
            return .returned(channel: channel, code: returned.code, text: returned.text, content)
        }
        return .delivered(channel: channel, content)
    }

    private func read(_ source: UnsafePointer<amqp_basic_properties_t>) -> Properties {
        let flags = Int32(bitPattern: source.pointee._flags)
        var properties = Properties()
        if flags & AMQP_BASIC_MESSAGE_ID_FLAG != 0 { properties.messageID = String(source.pointee.message_id) }
        if flags & AMQP_BASIC_TYPE_FLAG != 0 { properties.type = interned.text(source.pointee.type) }
        if flags & AMQP_BASIC_CONTENT_TYPE_FLAG != 0 { properties.contentType = interned.text(source.pointee.content_type) }
        if flags & AMQP_BASIC_TIMESTAMP_FLAG != 0 { properties.timestamp = Int64(clamping: source.pointee.timestamp) }
        if flags & AMQP_BASIC_HEADERS_FLAG != 0 {
            let table = source.pointee.headers
            properties.headers.reserveCapacity(Int(table.num_entries))
            for index in 0..<Int(table.num_entries) {
                let entry = table.entries[index]
                properties.headers.append(Header(interned.text(entry.key), HeaderValue(entry.value)))
            }
        }
        return properties
    }
}

extension HeaderValue {
    init(_ field: amqp_field_value_t) {
        switch amqp_field_value_kind_t(UInt32(field.kind)) {
        case AMQP_FIELD_KIND_UTF8: self = .string(String(field.value.bytes))
        case AMQP_FIELD_KIND_BOOLEAN: self = .bool(field.value.boolean != 0)
        case AMQP_FIELD_KIND_I8: self = .integer(Int64(field.value.i8))
        case AMQP_FIELD_KIND_U8: self = .integer(Int64(field.value.u8))
        case AMQP_FIELD_KIND_I16: self = .integer(Int64(field.value.i16))
        case AMQP_FIELD_KIND_U16: self = .integer(Int64(field.value.u16))
        case AMQP_FIELD_KIND_I32: self = .integer(Int64(field.value.i32))
        case AMQP_FIELD_KIND_U32: self = .integer(Int64(field.value.u32))
        case AMQP_FIELD_KIND_I64: self = .integer(field.value.i64)
        default: self = .other
        }
    }
}

extension String {
    /// A copy; what is not UTF-8 is replaced, for garbage on a queue must not end the process.
    init(_ bytes: amqp_bytes_t) {
        self.init(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}

/// Remembers the texts that come with nearly every message (exchange, type, header names), so that they are not made anew each time.
final class InternedTexts {
    private static let slots = 256
    /// A text goes where its length and some of its bytes say; another one that goes there takes its place.
    private let texts = UnsafeMutablePointer<String>.allocate(capacity: InternedTexts.slots)

    init() { texts.initialize(repeating: "", count: InternedTexts.slots) }

    deinit {
        texts.deinitialize(count: InternedTexts.slots)
        texts.deallocate()
    }

    func text(_ bytes: amqp_bytes_t) -> String {
        guard bytes.len > 0, bytes.len <= 64, let start = bytes.bytes else { return String(bytes) }
        let buffer = UnsafeRawBufferPointer(start: start, count: bytes.len)
        let slot = Int((UInt8(truncatingIfNeeded: bytes.len) &* 31) &+ buffer[bytes.len - 1] &+ (buffer[bytes.len / 2] &* 7))
        var known = texts[slot]
        let isSame = known.withUTF8 { $0.count == buffer.count && memcmp($0.baseAddress!, start, $0.count) == 0 }
        if isSame { return known }
        texts[slot] = String(bytes)
        return texts[slot]
    }
}

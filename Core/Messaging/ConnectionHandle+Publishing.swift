internal import CRabbitMQ

extension ConnectionHandle {
    /// Publishes, persistent and mandatory. May wait while the socket takes no more; the call guard ends that.
    func publish(_ publications: ArraySlice<Publication>, channel: UInt16) throws(MessagingError) {
        let status = callGuard.watching {
            if burst == nil { cork(true) }
            defer { if burst == nil { cork(false) } }
            for publication in publications {
                let status = publish(publication, channel)
                if status < 0 { return status }
            }
            return burst?.flush(to: descriptor) ?? AMQP_STATUS_OK.rawValue
        }
        guard status == AMQP_STATUS_OK.rawValue else { throw lost(status) }
    }

    private func publish(_ publication: Publication, _ channel: UInt16) -> Int32 {
        scratch.reset()
        var properties = encoded(publication.properties)
        var method = amqp_basic_publish_t()
        method.exchange = scratch.put(publication.exchange)
        method.routing_key = scratch.put(publication.routingKey)
        method.mandatory = 1
        return publication.body.withUnsafeBytes { body in
            if let burst {
                let size = scratch.used + body.count
                if !burst.hasRoom(for: size) || body.count > burst.largestBody {
                    let status = burst.flush(to: descriptor)
                    if status < 0 { return status }
                }
                if body.count <= burst.largestBody { return burst.append(&method, &properties, body, channel: channel) }
            }
            let bytes = amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress))
            return amqp_basic_publish(state, channel, method.exchange, method.routing_key, 1, 0, &properties, bytes)
        }
    }

    private func encoded(_ source: Properties) -> amqp_basic_properties_t {
        var properties = amqp_basic_properties_t()
        var flags = AMQP_BASIC_DELIVERY_MODE_FLAG
        properties.delivery_mode = UInt8(AMQP_DELIVERY_PERSISTENT.rawValue)
        if let messageID = source.messageID {
            flags |= AMQP_BASIC_MESSAGE_ID_FLAG
            properties.message_id = scratch.put(messageID)
        }
        if let type = source.type {
            flags |= AMQP_BASIC_TYPE_FLAG
            properties.type = scratch.put(type)
        }
        if let contentType = source.contentType {
            flags |= AMQP_BASIC_CONTENT_TYPE_FLAG
            properties.content_type = scratch.put(contentType)
        }
        if let timestamp = source.timestamp, timestamp >= 0 {
            flags |= AMQP_BASIC_TIMESTAMP_FLAG
            properties.timestamp = UInt64(timestamp)
        }
        if !source.headers.isEmpty {
            flags |= AMQP_BASIC_HEADERS_FLAG
            properties.headers = scratch.put(source.headers)
        }
        properties._flags = amqp_flags_t(flags)
        return properties
    }
}

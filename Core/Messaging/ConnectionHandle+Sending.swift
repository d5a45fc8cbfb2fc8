internal import CRabbitMQ

extension ConnectionHandle {
    /// Sends one method; its answer, if it has one, comes as an event.
    func send(_ method: Method, channel: UInt16) throws(MessagingError) {
        scratch.reset()
        let status = callGuard.watching { encode(method, channel) }
        guard status == AMQP_STATUS_OK.rawValue else { throw lost(status) }
    }

    private func encode(_ method: Method, _ channel: UInt16) -> Int32 {
        switch method {
        case .openChannel: return send(AMQP_CHANNEL_OPEN_METHOD, amqp_channel_open_t(), channel)
        case .closeChannel:
            var close = amqp_channel_close_t()
            close.reply_code = UInt16(AMQP_REPLY_SUCCESS)
            return send(AMQP_CHANNEL_CLOSE_METHOD, close, channel)
        case .closeChannelOK: return send(AMQP_CHANNEL_CLOSE_OK_METHOD, amqp_channel_close_ok_t(), channel)
        case .closeConnectionOK: return send(AMQP_CONNECTION_CLOSE_OK_METHOD, amqp_connection_close_ok_t(), 0)
        case .confirmSelect: return send(AMQP_CONFIRM_SELECT_METHOD, amqp_confirm_select_t(), channel)
        case .qos(let prefetch):
            return send(AMQP_BASIC_QOS_METHOD, amqp_basic_qos_t(prefetch_size: 0, prefetch_count: UInt16(prefetch), global: 0), channel)
        case .consume(let queue):
            var consume = amqp_basic_consume_t()
            consume.queue = scratch.put(queue)
            consume.consumer_tag = scratch.put(ConnectionHandle.consumerTag)
            return send(AMQP_BASIC_CONSUME_METHOD, consume, channel)
        case .cancelConsumer:
            var cancel = amqp_basic_cancel_t()
            cancel.consumer_tag = scratch.put(ConnectionHandle.consumerTag)
            return send(AMQP_BASIC_CANCEL_METHOD, cancel, channel)
        case .acknowledge(let tag, let multiple):
            return amqp_basic_ack(state, channel, tag, multiple ? 1 : 0)
        case .reject(let tag, let multiple, let requeue):
            return amqp_basic_nack(state, channel, tag, multiple ? 1 : 0, requeue ? 1 : 0)
        case .declareExchange, .declareQueue, .bind, .unbind, .purge, .delete:
            return encodeDeclaration(method, channel)
        }
    }

    private func encodeDeclaration(_ method: Method, _ channel: UInt16) -> Int32 {
        switch method {
        case .declareExchange(let name, let kind, let isPassive):
            var declare = amqp_exchange_declare_t()
            declare.exchange = scratch.put(name)
            declare.type = scratch.put(kind.rawValue)
            declare.passive = isPassive ? 1 : 0
            declare.durable = 1
            return send(AMQP_EXCHANGE_DECLARE_METHOD, declare, channel)
        case .declareQueue(let name, let isPassive, let arguments):
            var declare = amqp_queue_declare_t()
            declare.queue = scratch.put(name)
            declare.passive = isPassive ? 1 : 0
            declare.durable = 1
            declare.arguments = scratch.put(arguments)
            return send(AMQP_QUEUE_DECLARE_METHOD, declare, channel)
        case .bind(let queue, let exchange, let key):
            var bind = amqp_queue_bind_t()
            bind.queue = scratch.put(queue)
            bind.exchange = scratch.put(exchange)
            bind.routing_key = scratch.put(key)
            return send(AMQP_QUEUE_BIND_METHOD, bind, channel)
        case .unbind(let queue, let exchange, let key):
            var unbind = amqp_queue_unbind_t()
            unbind.queue = scratch.put(queue)
            unbind.exchange = scratch.put(exchange)
            unbind.routing_key = scratch.put(key)
            return send(AMQP_QUEUE_UNBIND_METHOD, unbind, channel)
        case .purge(let queue):
            var purge = amqp_queue_purge_t()
            purge.queue = scratch.put(queue)
            return send(AMQP_QUEUE_PURGE_METHOD, purge, channel)
        case .delete(let queue):
            var delete = amqp_queue_delete_t()
            delete.queue = scratch.put(queue)
            return send(AMQP_QUEUE_DELETE_METHOD, delete, channel)
        default: preconditionFailure("not a declaration: \(method)")
        }
    }

    private func send<Fields>(_ id: amqp_method_number_t, _ fields: Fields, _ channel: UInt16) -> Int32 {
        var fields = fields
        return withUnsafeMutablePointer(to: &fields) { amqp_send_method(state, channel, id, $0) }
    }

    /// Each consumer has a channel of its own, so one tag does for all.
    private static let consumerTag = "sluice"
}

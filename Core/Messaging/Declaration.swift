internal import Topology

/// One thing of a topology as the broker is to have it, and what it is called when it differs.
struct Declaration: Sendable {
    let what: String
    let method: Method
    /// The same, asking only whether it is there.
    let inquiry: Method

    /// Everything of a topology but its bindings, in an order in which nothing refers to what is not there yet.
    static func all(of topology: Topology) -> [Declaration] {
        var declarations = [exchange(topology.exchange, .topic)]
        for delay in topology.delays {
            declarations.append(exchange(delay.exchange, .fanout))
            // On expiry the default exchange takes the message to the queue that its routing key names: the one it came from.
            declarations.append(
                queue(
                    delay.exchange,
                    [
                        Header("x-message-ttl", .integer(delay.milliseconds)), Header("x-dead-letter-exchange", .string("")),
                        Header("x-dead-letter-strategy", .string("at-least-once")), Header("x-overflow", .string("reject-publish")),
                    ]))
        }
        for name in topology.deadLetterQueues { declarations.append(queue(name, [])) }
        for work in topology.queues {
            declarations.append(
                queue(
                    work.name,
                    [
                        Header("x-overflow", .string("reject-publish")), Header("x-max-length", .integer(Int64(work.length))),
                        Header("x-delivery-limit", .integer(Int64(work.deliveryLimit))),
                        Header("x-dead-letter-exchange", .string("")),
                        Header("x-dead-letter-routing-key", .string(work.deadLetterQueue)),
                        Header("x-dead-letter-strategy", .string("at-least-once")),
                    ]))
        }
        return declarations
    }

    /// What binds the queues to their types, and unbinds them from the topology's other types: a type that a queue handled once would
    /// come for ever.
    static func bindings(of topology: Topology) -> [Method] {
        let types = topology.ends.union(topology.queues.flatMap(\.handles)).sorted()
        var methods: [Method] = []
        for delay in topology.delays { methods.append(.bind(queue: delay.exchange, exchange: delay.exchange, key: "")) }
        for queue in topology.queues {
            for type in types {
                methods.append(
                    queue.handles.contains(type)
                        ? .bind(queue: queue.name, exchange: topology.exchange, key: type)
                        : .unbind(queue: queue.name, exchange: topology.exchange, key: type))
            }
        }
        return methods
    }

    private static func exchange(_ name: String, _ kind: ExchangeKind) -> Declaration {
        Declaration(
            what: "exchange '\(name)'", method: .declareExchange(name: name, kind: kind, isPassive: false),
            inquiry: .declareExchange(name: name, kind: kind, isPassive: true))
    }

    private static func queue(_ name: String, _ arguments: [Header]) -> Declaration {
        let arguments = [Header("x-queue-type", .string("quorum"))] + arguments
        return Declaration(
            what: "queue '\(name)'", method: .declareQueue(name: name, isPassive: false, arguments: arguments),
            inquiry: .declareQueue(name: name, isPassive: true, arguments: []))
    }
}

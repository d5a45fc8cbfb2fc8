/// Turns the nodes of a `queues.yaml` into a topology, and refuses what could only go wrong later.
struct TopologyReader {
    private var exchange = "sluice"
    private var delays: [Delay] = []
    private var defaults = Queue(name: "", handles: [])
    private var queues: [Queue] = []
    private var ends: Set<String> = []

    /// Where each queue's dead letters were said to go, to be checked once all queues are known.
    private var deadLetterNodes: [String: YAMLNode] = [:]

    static func read(_ yaml: String) throws(TopologyError) -> Topology {
        let document = try YAMLNode.document(yaml)
        var reader = TopologyReader()
        let entries = try document.entries(["exchange", "delays", "defaults", "queues", "ends"])
        // What others refer to comes first, whatever the order in the file.
        for wanted in ["exchange", "delays", "defaults", "queues", "ends"] {
            guard let entry = entries.first(where: { $0.name == wanted }) else { continue }
            try reader.read(entry.name, entry.value)
        }
        guard !reader.queues.isEmpty else {
            throw document.error("there are no queues", advice: "give at least one under `queues`")
        }
        return Topology(exchange: reader.exchange, delays: reader.delays, queues: reader.queues, ends: reader.ends)
    }

    private mutating func read(_ key: String, _ value: YAMLNode) throws(TopologyError) {
        switch key {
        case "exchange": exchange = try value.name("an exchange")
        case "delays": try readDelays(value)
        case "defaults":
            var queue = defaults
            for entry in try value.entries(["batch", "linger", "prefetch", "length", "ladder", "parallel"]) {
                try read(entry.name, entry.value, into: &queue)
            }
            defaults = queue
        case "queues": try readQueues(value)
        default: try readEnds(value)
        }
    }

    private mutating func readDelays(_ value: YAMLNode) throws(TopologyError) {
        for element in try value.elements() {
            let text = try element.text()
            guard let delay = Delay(text) else {
                throw element.error("'\(text)' is no delay", advice: "write a whole number and ms, s, m, h or d, such as 30s")
            }
            if let twin = delays.first(where: { $0.duration == delay.duration }) {
                throw element.error("the delay '\(delay)' is there already as '\(twin)'", advice: "keep one of them")
            }
            delays.append(delay)
        }
        delays.sort { $0.duration < $1.duration }
    }

    private mutating func readQueues(_ value: YAMLNode) throws(TopologyError) {
        for entry in try value.entries() {
            let name = try entry.key.name("a queue")
            for reserved in ["delay.", "amq."] where name.hasPrefix(reserved) {
                throw entry.key.error("'\(name)': names that begin with '\(reserved)' are taken", advice: "name the queue otherwise")
            }
            if name.hasSuffix(".dead") {
                throw entry.key.error("'\(name)': names that end in '.dead' are dead letter queues", advice: "name the queue otherwise")
            }
            var queue = defaults
            queue.name = name
            queue.deadLetterQueue = name + ".dead"
            let keys = ["handles", "batch", "linger", "prefetch", "length", "ladder", "parallel", "dead"]
            for field in try entry.value.entries(keys) {
                if field.name == "dead" { deadLetterNodes[name] = field.value }
                try read(field.name, field.value, into: &queue)
            }
            guard !queue.handles.isEmpty else {
                throw entry.key.error("the queue '\(name)' handles nothing", advice: "give `handles` at least one message type")
            }
            guard queue.prefetch >= queue.batch else {
                throw entry.key.error(
                    "the queue '\(name)' prefetches \(queue.prefetch) messages, fewer than a batch of \(queue.batch)",
                    advice: "raise prefetch or lower batch")
            }
            queues.append(queue)
        }
        try checkDeadLetterQueues()
    }

    private func read(_ key: String, _ value: YAMLNode, into queue: inout Queue) throws(TopologyError) {
        switch key {
        case "handles": queue.handles = try types(value, of: queue.name)
        case "batch": queue.batch = try value.integer(in: 1...10_000)
        case "linger": queue.linger = try value.duration(in: .zero ... .seconds(10))
        case "prefetch": queue.prefetch = try value.integer(in: 1...65_535)
        case "length": queue.length = try value.integer(in: 1...1_000_000_000)
        case "parallel": queue.parallel = try value.integer(in: 1...64)
        case "ladder": queue.ladder = try ladder(value)
        default: queue.deadLetterQueue = try value.name("a dead letter queue")
        }
    }

    private func ladder(_ value: YAMLNode) throws(TopologyError) -> [Delay] {
        var ladder: [Delay] = []
        for element in try value.elements() {
            let text = try element.text()
            guard let delay = delays.first(where: { $0.name == text }) else {
                throw element.error(
                    "unknown delay '\(text)' in \(value.path)",
                    advice: "add it to `delays` or use one of \(delays.map(\.name).joined(separator: ", "))")
            }
            if let last = ladder.last, delay.duration < last.duration {
                throw element.error("\(value.path) goes down from \(last) to \(delay)", advice: "let the delays rise")
            }
            ladder.append(delay)
        }
        return ladder
    }

    private func types(_ value: YAMLNode, of queue: String) throws(TopologyError) -> [String] {
        var types: [String] = []
        for element in try value.elements() {
            let type = try element.name("a message type")
            if types.contains(type) {
                throw element.error("'\(queue)' is bound to '\(type)' twice", advice: "keep one of them")
            }
            types.append(type)
        }
        return types
    }

    private mutating func readEnds(_ value: YAMLNode) throws(TopologyError) {
        for element in try value.elements() {
            let type = try element.name("a message type")
            if let queue = queues.first(where: { $0.handles.contains(type) }) {
                throw element.error(
                    "'\(type)' is said to end, but '\(queue.name)' handles it", advice: "take it out of `ends` or of that queue")
            }
            guard ends.insert(type).inserted else {
                throw element.error("'\(type)' is in `ends` twice", advice: "keep one of them")
            }
        }
    }

    /// A dead letter queue must be one that is declared as such: the broker would let letters to any other name be stuck in
    /// their queue for ever, or turn in circles.
    private func checkDeadLetterQueues() throws(TopologyError) {
        let own = Set(queues.map { $0.name + ".dead" })
        for queue in queues where !own.contains(queue.deadLetterQueue) {
            guard let node = deadLetterNodes[queue.name] else { continue }
            if queue.deadLetterQueue == queue.name {
                throw node.error("the dead letters of '\(queue.name)' lead back to itself", advice: "leave `dead` out")
            }
            if queues.contains(where: { $0.name == queue.deadLetterQueue }) {
                throw node.error(
                    "the dead letters of '\(queue.name)' lead to the work queue '\(queue.deadLetterQueue)'",
                    advice: "leave `dead` out, or name a dead letter queue such as '\(queue.deadLetterQueue).dead'")
            }
            throw node.error(
                "the dead letter queue '\(queue.deadLetterQueue)' of '\(queue.name)' leads nowhere: there is no such queue",
                advice: "leave `dead` out, or name one of \(own.sorted().joined(separator: ", "))")
        }
    }
}

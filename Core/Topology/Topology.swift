/// The queues of the system: one topic exchange, the work queues bound to it, the delays, and the types that end there.
public struct Topology: Hashable, Sendable {
    /// The one topic exchange; routing keys are message types.
    public var exchange: String
    /// Every delay that a ladder may name, shortest first.
    public var delays: [Delay]
    /// In the order of the file.
    public var queues: [Queue]
    /// Types that nobody handles: journalled, not published.
    public var ends: Set<String>

    public init(exchange: String, delays: [Delay], queues: [Queue], ends: Set<String>) {
        self.exchange = exchange
        self.delays = delays
        self.queues = queues
        self.ends = ends
    }

    public func queue(_ name: String) -> Queue? { queues.first { $0.name == name } }

    /// Whether some queue handles the type.
    public func isHandled(_ type: String) -> Bool { queues.contains { $0.handles.contains(type) } }

    /// The dead letter queues, each once, in the order of the queues.
    public var deadLetterQueues: [String] {
        var seen: Set<String> = []
        return queues.map(\.deadLetterQueue).filter { seen.insert($0).inserted }
    }

    /// The same with only these queues: types handled only by others become ends.
    public func restricted(to names: Set<String>) -> Topology {
        var restricted = self
        restricted.queues = queues.filter { names.contains($0.name) }
        let handled = Set(restricted.queues.flatMap(\.handles))
        restricted.ends.formUnion(queues.flatMap(\.handles).filter { !handled.contains($0) })
        return restricted
    }

    /// Reads a `queues.yaml`.
    /// - Throws: ``TopologyError`` with the line for anything unknown, doubled, out of bounds or leading nowhere.
    public static func parse(yaml: String) throws(TopologyError) -> Topology {
        try TopologyReader.read(yaml)
    }
}

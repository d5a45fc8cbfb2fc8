/// Things by name, of which the oldest are forgotten when there are too many.
struct Memory<Value: Sendable>: Sendable {
    private var values: [String: Value] = [:]
    private var order: [String] = []
    private var head = 0
    private let limit: Int
    /// How many were forgotten.
    private(set) var forgotten = 0

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { values.count }
    var all: Dictionary<String, Value>.Values { values.values }

    subscript(_ name: String) -> Value? { values[name] }

    /// Changes a thing in place.
    mutating func update<Result>(_ name: String, _ change: (inout Value) -> Result) -> Result? {
        guard let index = values.index(forKey: name) else { return nil }
        return change(&values.values[index])
    }

    /// Adds a thing; the oldest goes if there is no more room.
    mutating func insert(_ name: String, _ value: Value) {
        if values.updateValue(value, forKey: name) == nil { order.append(name) }
        while values.count > limit, head < order.count {
            if values.removeValue(forKey: order[head]) != nil { forgotten += 1 }
            head += 1
        }
        if head > 4_096, head * 2 > order.count {
            order.removeFirst(head)
            head = 0
        }
    }
}

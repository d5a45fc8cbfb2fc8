/// Which statements a connection has prepared, by their text; bounded, the one unused longest goes first.
struct StatementCache {
    struct Entry {
        let name: String
        /// The parameters' types it was prepared with; inferred ones fit NULL only.
        let types: [PostgresType]
        var lastUse: UInt64
    }

    enum Found: Equatable {
        case known(String)
        /// To be prepared under this name; `replacing` is to be given up first.
        case new(String, replacing: String?)
    }

    let capacity: Int
    private(set) var entries: [String: Entry] = [:]
    private var namesGiven = 0
    private var clock: UInt64 = 0

    init(capacity: Int) { self.capacity = capacity }

    /// A flight begins: what it uses is safe from being replaced by it.
    mutating func takeOff() { clock += 1 }

    /// The statement for a text and the types of its parameters. A new one counts as prepared until ``forget(_:)``.
    mutating func find(_ sql: String, types: some Collection<PostgresType>) -> Found {
        var replaced: String?
        if let index = entries.index(forKey: sql) {
            if fits(entries.values[index].types, types) {
                entries.values[index].lastUse = clock
                return .known(entries.values[index].name)
            }
            // Used by this very flight with other types: the name must live on until the next.
            if entries.values[index].lastUse != clock { replaced = entries.values[index].name }
        } else if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }),
            oldest.value.lastUse != clock
        {
            replaced = oldest.value.name
            entries[oldest.key] = nil
        }
        namesGiven += 1
        let name = "s\(namesGiven)"
        entries[sql] = Entry(name: name, types: Array(types), lastUse: clock)
        return .new(name, replacing: replaced)
    }

    /// The server does not have it after all.
    mutating func forget(_ name: String) {
        for (sql, entry) in entries where entry.name == name { entries[sql] = nil }
    }

    private func fits(_ known: [PostgresType], _ types: some Collection<PostgresType>) -> Bool {
        known.count == types.count && zip(known, types).allSatisfy { $0 == $1 || $1 == .inferred }
    }
}

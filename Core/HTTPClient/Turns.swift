/// Who may talk to a host now and who waits: a fixed number of turns a host, handed on first come first served.
struct Turns {
    /// What to do with a newcomer.
    enum Admission: Equatable { case go, wait, full }

    private struct Host {
        var underWay = 0
        var waiting: [UInt64] = []
    }

    private let limit: Int
    private let waitingLimit: Int
    private var hosts: [String: Host] = [:]
    private(set) var waitingCount = 0

    /// - Parameters:
    ///   - limit: turns a host.
    ///   - waitingLimit: how many may wait, over all hosts.
    init(limit: Int, waitingLimit: Int) {
        self.limit = limit
        self.waitingLimit = waitingLimit
    }

    mutating func ask(_ id: UInt64, for host: String) -> Admission {
        if hosts[host, default: Host()].underWay < limit {
            hosts[host, default: Host()].underWay += 1
            return .go
        }
        guard waitingCount < waitingLimit else { return .full }
        hosts[host]?.waiting.append(id)
        waitingCount += 1
        return .wait
    }

    /// Gives a turn back. Returns who has it now.
    mutating func giveBack(_ host: String) -> UInt64? {
        guard var state = hosts[host] else { return nil }
        if !state.waiting.isEmpty {
            let next = state.waiting.removeFirst()
            waitingCount -= 1
            hosts[host] = state
            return next
        }
        state.underWay -= 1
        // A host without anything under way is forgotten, so that the table does not grow with every host ever called.
        hosts[host] = state.underWay == 0 ? nil : state
        return nil
    }

    /// Someone who waited gives up.
    mutating func leave(_ id: UInt64, _ host: String) {
        guard let index = hosts[host]?.waiting.firstIndex(of: id) else { return }
        hosts[host]?.waiting.remove(at: index)
        waitingCount -= 1
    }
}

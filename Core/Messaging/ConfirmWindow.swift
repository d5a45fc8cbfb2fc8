/// The publishes in flight on a channel: which publication of which owner each of the broker's numbers stands for. Pure.
///
/// The broker numbers the publishes of a channel 1, 2, 3 … and confirms them in any order, one by one or all up to a number.
struct ConfirmWindow<Owner: AnyObject> {
    /// Publications of one owner that were sent one after another.
    private struct Run {
        let owner: Owner
        let firstTag: UInt64
        let firstIndex: Int
        let count: Int
        let sentAt: ContinuousClock.Instant
        var endTag: UInt64 { firstTag + UInt64(count) }
    }

    /// The most publishes in flight.
    let capacity: Int
    /// Publishes sent and not confirmed.
    private(set) var inFlight = 0

    private var runs: [Run] = []
    /// Every tag below is confirmed.
    private var baseTag: UInt64 = 1
    private var nextTag: UInt64 = 1
    /// Whether the tag is confirmed, for `baseTag..<nextTag`; the tag modulo the count is its place.
    private var isConfirmed: [Bool]
    /// Returns come in the order of the publishes: none is looked for below this.
    private var returnTag: UInt64 = 1

    init(capacity: Int) {
        self.capacity = capacity
        // One that stays unconfirmed for long must not hold up the others for a while yet.
        isConfirmed = [Bool](repeating: false, count: capacity * 16)
    }

    /// How many more may be sent.
    var room: Int { min(capacity - inFlight, isConfirmed.count - Int(nextTag - baseTag)) }

    /// When the oldest unconfirmed was sent.
    var oldest: ContinuousClock.Instant? { runs.first?.sentAt }

    /// Notes that these publications of the owner were sent, in this order.
    mutating func sent(_ owner: Owner, _ indices: Range<Int>, at now: ContinuousClock.Instant) {
        precondition(indices.count <= room, "more publishes than the window holds")
        guard !indices.isEmpty else { return }
        runs.append(Run(owner: owner, firstTag: nextTag, firstIndex: indices.lowerBound, count: indices.count, sentAt: now))
        for tag in nextTag..<nextTag + UInt64(indices.count) { isConfirmed[place(tag)] = false }
        nextTag += UInt64(indices.count)
        inFlight += indices.count
    }

    /// Takes the broker's word for a tag, or for all up to it; calls `body` with the owners' publications that it settles.
    mutating func settle(tag: UInt64, multiple: Bool, _ body: (Owner, Range<Int>) -> Void) {
        guard tag < nextTag, tag >= baseTag else { return }
        var cursor = multiple ? baseTag : tag
        var position = multiple ? 0 : run(of: tag)
        while cursor <= tag {
            let run = runs[position]
            let end = min(run.endTag, tag + 1)
            while cursor < end {
                // Stretches not confirmed before are told together.
                while cursor < end, isConfirmed[place(cursor)] { cursor += 1 }
                let start = cursor
                while cursor < end, !isConfirmed[place(cursor)] {
                    isConfirmed[place(cursor)] = true
                    cursor += 1
                }
                guard cursor > start else { continue }
                inFlight -= Int(cursor - start)
                let index = run.firstIndex + Int(start - run.firstTag)
                body(run.owner, index..<index + Int(cursor - start))
            }
            position += 1
        }
        advance()
    }

    /// Finds the publication in flight that came back: the first after the last one that did for which `isIt` holds.
    mutating func returned(where isIt: (Owner, Int) -> Bool) -> (owner: Owner, index: Int)? {
        for run in runs where run.endTag > returnTag {
            for tag in max(run.firstTag, returnTag)..<run.endTag where !isConfirmed[place(tag)] {
                let index = run.firstIndex + Int(tag - run.firstTag)
                guard isIt(run.owner, index) else { continue }
                returnTag = tag + 1
                return (run.owner, index)
            }
        }
        return nil
    }

    /// The channel is gone: begins anew, and returns the owners that had something in flight.
    mutating func reset() -> [Owner] {
        let owners = runs.map(\.owner)
        self = ConfirmWindow(capacity: capacity)
        return owners
    }

    private func place(_ tag: UInt64) -> Int { Int(tag % UInt64(isConfirmed.count)) }

    /// The position of the run that holds the tag, by bisection.
    private func run(of tag: UInt64) -> Int {
        var low = 0
        var high = runs.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if runs[middle].firstTag <= tag { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private mutating func advance() {
        while baseTag < nextTag, isConfirmed[place(baseTag)] { baseTag += 1 }
        let done = runs.prefix { $0.endTag <= baseTag }.count
        if done > 0 { runs.removeFirst(done) }
    }
}

/// Which deliveries of a channel are settled, and how to settle more with few frames. Pure.
///
/// `multiple` settles everything up to a tag that is not settled yet, so it may be used only where all of that is meant.
struct SettlementPlan {
    /// One frame: this tag, or all up to it.
    struct Step: Equatable {
        var tag: UInt64
        var multiple: Bool
    }

    /// Every tag up to and including this one is settled.
    private var floor: UInt64 = 0
    /// Settled tags above the floor.
    private var islands: Set<UInt64> = []
    /// The highest tag delivered.
    private(set) var highest: UInt64 = 0

    /// How many deliveries wait to be settled.
    var outstanding: Int { Int(highest - floor) - islands.count }

    mutating func delivered(_ tag: UInt64) { highest = max(highest, tag) }

    /// Settles these; returns the frames that say so, in order. What is settled already or was never delivered is left out.
    mutating func settle(_ tags: [UInt64]) -> [Step] {
        let tags = tags.filter { $0 > floor && $0 <= highest && !islands.contains($0) }.sorted()
        guard var last = tags.first else { return [] }
        var steps: [Step] = []
        // As far as everything above the floor is either settled or among these, one frame does.
        var reached = floor
        var position = 0
        while true {
            if position < tags.count, tags[position] <= reached + 1 {
                reached = max(reached, tags[position])
                last = tags[position]
                position += 1
            } else if islands.contains(reached + 1) {
                reached += 1
            } else {
                break
            }
        }
        if position > 0 { steps.append(Step(tag: last, multiple: last > floor + 1)) }
        while floor < reached {
            floor += 1
            islands.remove(floor)
        }
        var previous: UInt64 = 0
        for tag in tags[position...] where tag != previous {
            steps.append(Step(tag: tag, multiple: false))
            islands.insert(tag)
            previous = tag
        }
        return steps
    }
}

import JSON
import Synchronization

/// What goes wrong with a party's answers, on demand.
///
/// Shares are met exactly rather than by chance: of 100 calls with `error_percent` 10, ten fail, evenly spread.
struct Faults: Sendable, Equatable {
    /// What every answer waits for.
    var latency: Duration = .zero
    /// How long an answer that never comes is held.
    var silence: Duration = .seconds(30)
    /// Shares of calls, in percent: refused with the party's own 500, with its 429, done but answered with garbage, done and never
    /// answered, done and answered with a signature that doesn't verify.
    var errorPercent = 0
    var busyPercent = 0
    var garbagePercent = 0
    var silencePercent = 0
    var forgedPercent = 0

    /// What happens to one call.
    enum Fate: Sendable, Equatable { case none, error, busy, garbage, silence, forged }

    init() {}

    /// Reads a JSON object; what it doesn't name is as before.
    mutating func read(_ json: inout JSONObject) throws(JSONError) {
        if let value = try json.optionalInteger("latency_ms", 0...60_000) { latency = .milliseconds(value) }
        if let value = try json.optionalInteger("silence_ms", 0...120_000) { silence = .milliseconds(value) }
        if let value = try json.optionalInteger("error_percent", 0...100) { errorPercent = Int(value) }
        if let value = try json.optionalInteger("busy_percent", 0...100) { busyPercent = Int(value) }
        if let value = try json.optionalInteger("garbage_percent", 0...100) { garbagePercent = Int(value) }
        if let value = try json.optionalInteger("silence_percent", 0...100) { silencePercent = Int(value) }
        if let value = try json.optionalInteger("forged_percent", 0...100) { forgedPercent = Int(value) }
        try json.done()
    }

    func write(_ json: inout JSONWriter) {
        json.member("latency_ms", latency.milliseconds)
        json.member("silence_ms", silence.milliseconds)
        json.member("error_percent", errorPercent)
        json.member("busy_percent", busyPercent)
        json.member("garbage_percent", garbagePercent)
        json.member("silence_percent", silencePercent)
        json.member("forged_percent", forgedPercent)
    }

    /// The fate of the call of this number.
    func fate(of call: Int) -> Fate {
        let shares: [(Int, Fate)] = [
            (errorPercent, .error), (busyPercent, .busy), (garbagePercent, .garbage), (silencePercent, .silence), (forgedPercent, .forged),
        ]
        // 61 and 100 have no common divisor, so a hundred calls in a row meet every place once.
        var place = call * 61 % 100
        for (share, fate) in shares {
            if place < share { return fate }
            place -= share
        }
        return .none
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}

/// The faults of every party, and how often each was called.
final class FaultBoard: Sendable {
    private struct Entry {
        var faults = Faults()
        var calls = 0
        var spoiled = 0
    }

    private let entries = Mutex<[PartyName: Entry]>([:])

    /// Counts a call and says what happens to it.
    func draw(_ party: PartyName) -> (faults: Faults, fate: Faults.Fate) {
        entries.withLock { entries in
            let faults = entries[party]?.faults ?? Faults()
            let fate = faults.fate(of: entries[party]?.calls ?? 0)
            entries[party, default: Entry()].calls += 1
            if fate != .none { entries[party]?.spoiled += 1 }
            return (faults, fate)
        }
    }

    /// How often a party was called, and how many of the calls were spoiled.
    func counts(_ party: PartyName) -> (calls: Int, spoiled: Int) {
        entries.withLock { ($0[party]?.calls ?? 0, $0[party]?.spoiled ?? 0) }
    }

    /// Sets faults from a JSON object by party: `{"wechat": {"error_percent": 10}}`. Nothing changes where something in it is wrong.
    func set(_ body: [UInt8]) throws(JSONError) {
        var json = try JSONObject(parsing: body)
        var changed: [PartyName: Faults] = [:]
        for party in PartyName.allCases {
            guard var object = try json.optionalObject(party.rawValue) else { continue }
            var faults = entries.withLock { $0[party]?.faults ?? Faults() }
            try faults.read(&object)
            changed[party] = faults
        }
        try json.done()
        entries.withLock { entries in
            for (party, faults) in changed { entries[party, default: Entry()].faults = faults }
        }
    }

    func write(_ json: inout JSONWriter) {
        for party in PartyName.allCases {
            let faults = entries.withLock { $0[party]?.faults ?? Faults() }
            json.name(party.rawValue)
            json.object { faults.write(&$0) }
        }
    }
}

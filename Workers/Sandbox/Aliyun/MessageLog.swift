import FoundationEssentials
import JSON

/// What was sent, counted by what it was sent for; no number and no text is kept.
struct MessageLog: Sendable {
    struct Entry: Sendable {
        let outID: String
        let template: String
        var count: Int
    }

    private var byOutID: Memory<Entry>
    private var byPhone: Memory<Int>
    private var tried: Memory<Bool>
    private(set) var templates: [String: Int] = [:]
    /// All messages, and those whose `OutId` had been sent before.
    private(set) var count = 0
    private(set) var doubles = 0

    /// How many templates are told apart.
    private static let templateLimit = 1_000

    init(limit: Int) {
        byOutID = Memory(limit: limit)
        byPhone = Memory(limit: limit)
        tried = Memory(limit: limit)
    }

    /// How many telephone numbers are remembered.
    var phones: Int { byPhone.count }

    func entries(_ outID: String?) -> [Entry] {
        guard let outID else { return Array(byOutID.all) }
        return byOutID[outID].map { [$0] } ?? []
    }

    /// Whether an `OutId` comes for the first time; the second time it isn't.
    mutating func isFirstTry(_ outID: String) -> Bool {
        guard tried[outID] == nil else { return false }
        tried.insert(outID, true)
        return true
    }

    /// Counts a message.
    /// - Returns: its number.
    mutating func take(outID: String?, template: String, phone: String?) -> Int {
        count += 1
        if templates[template] != nil || templates.count < Self.templateLimit { templates[template, default: 0] += 1 }
        if let phone { byPhone.insert(phone, (byPhone[phone] ?? 0) + 1) }
        guard let outID else { return count }
        if byOutID.update(outID, { $0.count += 1 }) != nil {
            doubles += 1
        } else {
            byOutID.insert(outID, Entry(outID: outID, template: template, count: 1))
        }
        return count
    }

    /// Goes one entry of the journal forward.
    mutating func replay(_ entry: JSONObject, kind: String) {
        var json = entry
        guard kind == "message.sent", let outID = try? json.string("out_id"), let template = try? json.string("template") else { return }
        _ = take(outID: outID, template: template, phone: nil)
    }
}

extension Journal {
    func sent(_ outID: String, template: String) {
        write("message.sent") { json in
            json.member("out_id", outID)
            json.member("template", template)
        }
    }
}

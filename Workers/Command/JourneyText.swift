internal import Commerce
internal import FoundationEssentials
internal import JSON
internal import Work
internal import Workers

/// An order's journey, for people and for scripts.
enum JourneyText {
    static func text(_ journey: Journey) -> String {
        let start = journey.steps.first?.at ?? Date()
        var lines = ["order \(journey.order.text)", ""]
        let types = width(journey.steps.map(\.type))
        let workers = width(journey.steps.map(\.worker))
        for step in journey.steps {
            let attempt = step.attempt > 1 ? " (attempt \(step.attempt))" : ""
            let caused = step.caused.isEmpty ? "" : " → " + step.caused.joined(separator: ", ")
            lines.append(
                "\(clock(step.at))  +\(pad(seconds(step.at.timeIntervalSince(start)), 9)) \(pad(step.worker, workers)) "
                    + "\(pad(step.type, types)) \(step.outcome)\(attempt)\(caused)")
        }
        for (type, due) in journey.waiting { lines.append("waiting: \(type), due at \(clock(due))") }
        for (type, queue, reason) in journey.dead { lines.append("dead letter: \(type) in \(queue): \(reason)") }
        return lines.joined(separator: "\n")
    }

    static func json(_ journey: Journey) -> String {
        let bytes = JSONWriter.object { json in
            json.member("order", journey.order)
            json.array("steps", of: journey.steps) { json, step in
                json.object { json in
                    json.member("message", step.message)
                    json.member("cause", ifPresent: step.cause)
                    json.member("type", step.type)
                    json.member("worker", step.worker)
                    json.member("attempt", step.attempt)
                    json.member("outcome", step.outcome)
                    json.member("at_ms", step.at)
                    json.member("took_us", Int(step.took / .microseconds(1)))
                    json.array("caused") { json in for type in step.caused { json.value(type) } }
                }
            }
            json.array("waiting", of: journey.waiting) { json, timer in
                json.object { json in
                    json.member("type", timer.type)
                    json.member("due_at_ms", timer.due)
                }
            }
            json.array("dead_letters", of: journey.dead) { json, letter in
                json.object { json in
                    json.member("type", letter.type)
                    json.member("queue", letter.queue)
                    json.member("reason", letter.reason)
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func width(_ texts: [String]) -> Int { texts.map(\.count).max() ?? 0 }

    private static func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }

    /// The time of the day, UTC.
    private static func clock(_ time: Date) -> String { String(LogLines.timestamp(time).dropFirst(11)) }

    private static func seconds(_ interval: Double) -> String {
        let milliseconds = Int((interval * 1_000).rounded())
        let fraction = String(1_000 + milliseconds % 1_000).dropFirst()
        return "\(milliseconds / 1_000).\(fraction)s"
    }
}

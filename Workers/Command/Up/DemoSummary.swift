internal import JSON

/// What a demo came to.
struct DemoSummary: Sendable {
    let fates: [SampleOrder.Fate: Int]
    /// Until the last order was accepted.
    let placing: Duration
    /// Until the last order had ended.
    let whole: Duration
    let retried: Int
    let restarts: Int
    let checks: Int
    /// What is wrong, each in a line or some.
    let problems: [String]

    private var orders: Int { fates.values.reduce(0, +) }

    var text: String {
        var lines = [
            "",
            "\(orders) orders accepted in \(Self.seconds(placing)) s, the last one ended after \(Self.seconds(whole)) s "
                + "(\(Self.tenths(Double(orders) / (whole / .seconds(1)))) orders/s):",
        ]
        for fate in SampleOrder.Fate.allCases { if let count = fates[fate] { lines.append("  \(count) \(fate.rawValue): \(fate.ending)") } }
        if retried > 0 { lines.append("  \(retried) requests were sent again") }
        if restarts > 0 { lines.append("  \(restarts) processes were started again") }
        lines.append("")
        if problems.isEmpty {
            lines.append(
                "every order is there once and ended as it should, each buyer was charged as often as due, all \(checks) audit checks hold")
        } else {
            lines.append("NOT RIGHT:")
            lines += problems
        }
        return lines.joined(separator: "\n")
    }

    func write(to json: inout JSONWriter) {
        json.member("orders", orders)
        json.member("placing_ms", Int(placing / .milliseconds(1)))
        json.member("whole_ms", Int(whole / .milliseconds(1)))
        json.member("retried", retried)
        json.member("restarts", restarts)
        json.member("checks", checks)
        json.object("fates") { json in
            for fate in SampleOrder.Fate.allCases {
                json.name(fate.rawValue)
                json.value(fates[fate] ?? 0)
            }
        }
        json.array("problems") { json in for problem in problems { json.value(problem) } }
        json.member("is_right", problems.isEmpty)
    }

    private static func seconds(_ duration: Duration) -> String { tenths(duration / .seconds(1)) }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

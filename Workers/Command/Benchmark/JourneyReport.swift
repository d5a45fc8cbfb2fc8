internal import JSON

/// What the journey benchmark found.
struct JourneyReport: Sendable {
    /// A worker's batches, as the journal has them.
    struct Step: Sendable {
        let worker: String
        /// How long the batch took in which a message was done, from taking it up to the writing, in ms: median and 99th percentile.
        let p50Milliseconds: Double
        let p99Milliseconds: Double
        /// Messages in a batch, on average.
        let batch: Double
    }

    let orders: Int
    let hot: Double
    let batch: Int
    /// From the first batch taken up to the last buyer told, in seconds, by the workers' clock.
    let seconds: Double
    let steps: [Step]
    /// Processor time in seconds, by process.
    let processor: [(name: String, seconds: Double)]
    /// The most resident memory of the workers' process, in bytes.
    let memory: Int
    /// What the check found wrong; empty where all is right.
    let problems: [String]

    var ordersPerSecond: Double { Double(orders) / seconds }

    var text: String {
        var lines = [
            "\(orders) orders, \(Int(hot * 100)) % of the lines on one SKU, batches of up to \(batch): placed, reserved, paid, settled, told"
        ]
        lines.append("")
        lines.append("  \(Self.round(ordersPerSecond, 0)) orders/s   (\(Self.round(seconds, 2)) s)")
        lines.append("")
        lines.append("  step            p50 ms   p99 ms    batch   (of the batch that a message was in, up to its commit)")
        for step in steps {
            lines.append(
                "  \(Self.pad(step.worker, 14))\(Self.left(step.p50Milliseconds, 1, 8)) \(Self.left(step.p99Milliseconds, 1, 8)) \(Self.left(step.batch, 0, 8))"
            )
        }
        lines.append("")
        lines.append("  processor       cores    ms an order")
        for (name, used) in processor {
            lines.append("  \(Self.pad(name, 14))\(Self.left(used / seconds, 2, 8)) \(Self.left(used * 1_000 / Double(orders), 3, 12))")
        }
        lines.append("")
        lines.append("  memory of the workers: \(Self.round(Double(memory) / 1_048_576, 0)) MB at most")
        lines.append(
            "  check: "
                + (problems.isEmpty
                    ? "every order placed, reserved, paid, settled and told once; stock and money conserved"
                    : problems.joined(separator: "; ")))
        return lines.joined(separator: "\n")
    }

    var json: String {
        let bytes = JSONWriter.object { json in
            json.member("orders", orders)
            json.member("hot", .number(Self.round(hot, 2)))
            json.member("batch", batch)
            json.member("seconds", .number(Self.round(seconds, 3)))
            json.member("orders_per_second", .number(Self.round(ordersPerSecond, 1)))
            json.array("steps", of: steps) { json, step in
                json.object { json in
                    json.member("worker", step.worker)
                    json.member("p50_ms", .number(Self.round(step.p50Milliseconds, 2)))
                    json.member("p99_ms", .number(Self.round(step.p99Milliseconds, 2)))
                    json.member("batch", .number(Self.round(step.batch, 1)))
                }
            }
            json.object("processor_seconds") { json in
                for (name, used) in processor {
                    json.name(name)
                    json.value(.number(Self.round(used, 2)))
                }
            }
            json.member("memory_bytes", memory)
            json.array("problems", of: problems) { $0.value($1) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A number with so many decimals.
    private static func round(_ number: Double, _ decimals: Int) -> String {
        let scale = (0..<decimals).reduce(1.0) { value, _ in value * 10 }
        let scaled = Int64((number * scale).rounded())
        guard decimals > 0 else { return String(scaled) }
        let fraction = String(scaled.magnitude % UInt64(scale))
        return (scaled < 0 ? "-" : "") + String(scaled.magnitude / UInt64(scale)) + "."
            + String(repeating: "0", count: decimals - fraction.count) + fraction
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func left(_ number: Double, _ decimals: Int, _ width: Int) -> String {
        let text = round(number, decimals)
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

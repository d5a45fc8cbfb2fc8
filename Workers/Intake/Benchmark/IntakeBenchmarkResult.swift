internal import JSON

/// What `sluice benchmark intake` measured.
public struct IntakeBenchmarkResult: Sendable {
    public let connections: Int
    /// How long was measured, in seconds.
    public let seconds: Double
    /// Orders answered 202 in that time.
    public let accepted: Int
    /// Other answers, by status; 0 for broken connections.
    public let refused: [Int: Int]
    /// Milliseconds.
    public let p50, p99, longest: Double
    /// Processor seconds used meanwhile, by program.
    public let processors: [String: Double]
    /// The intake's resident memory at the end, in MiB.
    public let memory: Double
    /// Orders answered 202 in all, the warm-up's included.
    public let acceptedInAll: Int
    /// Messages found in the queue afterwards.
    public let queued: Int

    public var ordersPerSecond: Double { seconds > 0 ? Double(accepted) / seconds : 0 }

    /// Whether every order was accepted, and each that was is in the queue.
    public var isRight: Bool { refused.isEmpty && accepted > 0 && queued == acceptedInAll }

    /// For scripts.
    public var json: String {
        let bytes = JSONWriter.object { json in
            json.member("orders_per_second", Int(ordersPerSecond.rounded()))
            json.member("connections", connections)
            json.member("seconds", Self.decimal(seconds))
            json.member("accepted", accepted)
            json.object("refused") { json in
                for (status, count) in refused.sorted(by: { $0.key < $1.key }) {
                    json.name(String(status))
                    json.value(count)
                }
            }
            json.member("p50_ms", Self.decimal(p50))
            json.member("p99_ms", Self.decimal(p99))
            json.member("longest_ms", Self.decimal(longest))
            json.object("processor_us_per_order") { json in
                for (name, used) in processors.sorted(by: { $0.key < $1.key }) {
                    json.name(name)
                    json.value(Self.decimal(accepted > 0 ? used * 1e6 / Double(accepted) : 0))
                }
            }
            json.member("memory_mib", Self.decimal(memory))
            json.member("accepted_in_all", acceptedInAll)
            json.member("queued", queued)
            json.member("right", isRight)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// For people.
    public var text: String {
        var lines = [
            "\(Int(ordersPerSecond.rounded())) orders/s over \(connections) connections for \(Self.rounded(seconds)) s",
            "answers: \(accepted) accepted" + refused.sorted { $0.key < $1.key }.map { ", \($0.value) × \($0.key)" }.joined(),
            "latency: p50 \(Self.rounded(p50)) ms, p99 \(Self.rounded(p99)) ms, longest \(Self.rounded(longest)) ms",
        ]
        for (name, used) in processors.sorted(by: { $0.value > $1.value }) {
            let each = accepted > 0 ? used * 1e6 / Double(accepted) : 0
            lines.append("processor: \(name) \(Self.rounded(seconds > 0 ? used / seconds : 0)) cores, \(Self.rounded(each)) µs an order")
        }
        lines.append("memory: intake \(Self.rounded(memory)) MiB")
        lines.append("in the queue: \(queued) of \(acceptedInAll) accepted" + (queued == acceptedInAll ? "" : "  <- WRONG"))
        return lines.joined(separator: "\n")
    }

    private static func decimal(_ value: Double) -> JSON { .number(rounded(value)) }

    /// To two decimals.
    private static func rounded(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

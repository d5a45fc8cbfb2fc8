import Foundation
import Testing
import Topology

@Suite struct `queues yaml` {
    @Test func `the one of this repository is in order`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let topology = try Topology.parse(yaml: String(contentsOf: root.appendingPathComponent("queues.yaml"), encoding: .utf8))
        #expect(topology.exchange == "sluice")
        #expect(topology.queues.first?.name == "placement")
        #expect(topology.isHandled("order.submitted"))
        for queue in topology.queues { #expect(!queue.ladder.isEmpty, "\(queue.name) retries") }
    }

    @Test func `a queue takes from the defaults what it says nothing of`() throws {
        let topology = try Topology.parse(
            yaml: """
                delays: [2m, 5s]
                defaults: {batch: 64, linger: 20ms, prefetch: 128, length: 1000, ladder: [5s, 2m], parallel: 3}
                queues:
                  one: {handles: [a.b]}
                  two:
                    handles: [a.b, c.d]
                    batch: 7
                    linger: 0ms
                    ladder: [2m, 2m]
                    dead: one.dead
                ends: [e.f]
                """)
        #expect(topology.exchange == "sluice")
        #expect(topology.delays.map(\.name) == ["5s", "2m"])
        #expect(topology.delays.map(\.exchange) == ["delay.5s", "delay.2m"])
        let one = try #require(topology.queue("one"))
        #expect(
            one
                == Queue(
                    name: "one", handles: ["a.b"], batch: 64, linger: .milliseconds(20), prefetch: 128, length: 1000,
                    ladder: topology.delays, parallel: 3))
        #expect(one.deadLetterQueue == "one.dead")
        let two = try #require(topology.queue("two"))
        #expect(two.batch == 7 && two.linger == .zero && two.prefetch == 128)
        #expect(two.ladder.map(\.duration) == [.seconds(120), .seconds(120)])
        #expect(two.deadLetterQueue == "one.dead")
        #expect(topology.deadLetterQueues == ["one.dead"])
        #expect(topology.ends == ["e.f"])
        #expect(!topology.isHandled("e.f"))
        #expect(topology.queue("three") == nil)
    }

    @Test func `what only other queues handle ends here when they are left out`() throws {
        let topology = try Topology.parse(
            yaml: """
                queues:
                  one: {handles: [a, b]}
                  two: {handles: [b, c]}
                ends: [d]
                """
        ).restricted(to: ["one"])
        #expect(topology.queues.map(\.name) == ["one"])
        #expect(topology.ends == ["c", "d"])
        #expect(topology.isHandled("b"))
    }

    struct Mistake: CustomTestStringConvertible, Sendable {
        let yaml: String
        let line: Int
        let words: String
        var testDescription: String { words }

        init(_ line: Int, _ words: String, _ yaml: String) {
            self.yaml = yaml
            self.line = line
            self.words = words
        }
    }

    static let mistakes = [
        Mistake(2, "unknown key 'exchanges'", "queues:\nexchanges: x\n"),
        Mistake(3, "unknown key 'batches' in queues.q", "queues:\n  q:\n    batches: 5\n    handles: [a]\n"),
        Mistake(1, "unknown key 'dead' in defaults", "defaults: {dead: x}\nqueues:\n  q: {handles: [a]}\n"),
        Mistake(3, "'q' is there twice", "queues:\n  p: {handles: [b]}\n  q: {handles: [a]}\n  q: {handles: [a]}\n"),
        Mistake(5, "'q' is bound to 'a' twice", "queues:\n  q:\n    handles:\n      - a\n      - a\n"),
        Mistake(2, "the delay '120s' is there already as '2m'", "delays: [2m,\n  120s]\nqueues: {q: {handles: [a]}}\n"),
        Mistake(1, "'5x' is no delay", "delays: [5x]\nqueues: {q: {handles: [a]}}\n"),
        Mistake(1, "'0s' is no delay", "delays: [0s]\nqueues: {q: {handles: [a]}}\n"),
        Mistake(4, "unknown delay '7s' in queues.q.ladder", "delays: [5s]\nqueues:\n  q:\n    ladder: [5s, 7s]\n    handles: [a]\n"),
        Mistake(2, "queues.q.ladder goes down from 2m to 5s", "delays: [5s, 2m]\nqueues: {q: {ladder: [2m, 5s], handles: [a]}}\n"),
        Mistake(4, "of 'q' leads nowhere", "queues:\n  q:\n    handles: [a]\n    dead: nobody.dead\n"),
        Mistake(2, "of 'q' lead back to itself", "queues:\n  q: {handles: [a], dead: q}\n"),
        Mistake(3, "lead to the work queue 'p'", "queues:\n  p: {handles: [b]}\n  q: {handles: [a], dead: p}\n"),
        Mistake(2, "the queue 'q' handles nothing", "queues:\n  q: {batch: 5}\n"),
        Mistake(2, "fewer than a batch of 50", "queues:\n  q: {handles: [a], batch: 50, prefetch: 10}\n"),
        Mistake(2, "batch is not a whole number from 1 to 10000", "queues:\n  q: {handles: [a], batch: 0}\n"),
        Mistake(2, "batch is not a whole number", "queues:\n  q: {handles: [a], batch: many}\n"),
        Mistake(2, "prefetch is not a whole number from 1 to 65535", "queues:\n  q: {handles: [a], prefetch: 65536}\n"),
        Mistake(2, "linger is not a duration", "queues:\n  q: {handles: [a], linger: 5}\n"),
        Mistake(2, "handles is not a list", "queues:\n  q: {handles: a}\n"),
        Mistake(2, "'a.*' is no name for a message type", "queues:\n  q: {handles: [a.*]}\n"),
        Mistake(2, "'Q' is no name for a queue", "queues:\n  Q: {handles: [a]}\n"),
        Mistake(2, "are dead letter queues", "queues:\n  q.dead: {handles: [a]}\n"),
        Mistake(2, "are taken", "queues:\n  delay.5s: {handles: [a]}\n"),
        Mistake(2, "is not a mapping", "queues:\n  - q\n"),
        Mistake(3, "'a' is said to end, but 'q' handles it", "queues:\n  q: {handles: [a]}\nends: [a]\n"),
        Mistake(3, "'b' is in `ends` twice", "queues:\n  q: {handles: [a]}\nends: [b, b]\n"),
        Mistake(1, "there are no queues", "exchange: x\n"),
        Mistake(1, "the file is empty", ""),
        Mistake(3, "not YAML", "queues:\n  q: {handles: [a]}\n :bad: [\n"),
    ]

    @Test(arguments: mistakes)
    func `a mistake is told with its line and what to do`(_ mistake: Mistake) throws {
        do {
            _ = try Topology.parse(yaml: mistake.yaml)
            Issue.record("no mistake was found")
        } catch {
            #expect(error.what.contains(mistake.words), "\(error)")
            #expect(error.line == mistake.line, "\(error)")
            #expect(!error.advice.isEmpty)
            #expect(error.description.hasPrefix("queues.yaml:\(mistake.line): "))
        }
    }

    @Test func `a delay is a whole number and a unit`() {
        #expect(Delay("500ms")?.milliseconds == 500)
        #expect(Delay("5s")?.duration == .seconds(5))
        #expect(Delay("30m")?.duration == .seconds(1800))
        #expect(Delay("2h")?.duration == .seconds(7200))
        #expect(Delay("7d")?.milliseconds == 604_800_000)
        for text in ["", "5", "s", "-5s", "+5s", "5 s", "1.5s", "٥s", "99999999999d", "400d", "0s"] {
            #expect(Delay(text) == nil, "\(text)")
        }
    }
}

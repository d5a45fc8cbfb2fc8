internal import ArgumentParser
internal import JSON
internal import Messaging
internal import Topology
internal import Workers

struct Queues: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues",
        abstract: "Prints queues.yaml, compares it with the live broker, or declares it there.",
        subcommands: [Print.self, Check.self, Apply.self], defaultSubcommand: Print.self)

    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the queues and what each handles.")

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let topology = try CommandContext.load("queues", looksOnly: true).topology
            print(json ? Self.json(topology) : Self.text(topology))
        }

        private static func text(_ topology: Topology) -> String {
            var lines = ["exchange \(topology.exchange); delays \(topology.delays.map(\.name).joined(separator: ", "))"]
            for queue in topology.queues {
                lines.append("")
                lines.append(
                    "\(queue.name)  batch \(queue.batch), prefetch \(queue.prefetch), up to \(queue.length) messages, "
                        + "retried after \(queue.ladder.map(\.name).joined(separator: ", ")), then \(queue.deadLetterQueue)")
                for type in queue.handles { lines.append("    \(type)") }
            }
            lines.append("")
            lines.append("handled by nobody, kept in the journal: \(topology.ends.sorted().joined(separator: ", "))")
            return lines.joined(separator: "\n")
        }

        private static func json(_ topology: Topology) -> String {
            let bytes = JSONWriter.object { json in
                json.member("exchange", topology.exchange)
                json.array("delays") { json in for delay in topology.delays { json.value(delay.name) } }
                json.array("queues", of: topology.queues) { json, queue in
                    json.object { json in
                        json.member("name", queue.name)
                        json.member("batch", queue.batch)
                        json.member("prefetch", queue.prefetch)
                        json.member("length", queue.length)
                        json.member("parallel", queue.parallel)
                        json.member("dead_letter_queue", queue.deadLetterQueue)
                        json.array("ladder") { json in for delay in queue.ladder { json.value(delay.name) } }
                        json.array("handles") { json in for type in queue.handles { json.value(type) } }
                    }
                }
                json.array("ends") { json in for type in topology.ends.sorted() { json.value(type) } }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compares queues.yaml with the live broker; exits 1 where they differ.",
            discussion: "Changes nothing. What differs is said in words: a missing queue, another limit.")

        @Flag(help: "Print JSON: an array of differences.")
        var json = false

        func run() async throws {
            let context = try CommandContext.load("queues", looksOnly: true)
            let environment = try context.environment("queues", connections: 1)
            let differences = try await environment.broker.check(context.topology)
            await environment.close()
            if json {
                var writer = JSONWriter()
                writer.array { json in for difference in differences { json.value(difference) } }
                print(String(decoding: writer.bytes, as: UTF8.self))
            } else {
                for difference in differences { print(difference) }
                if differences.isEmpty { print("the broker has what queues.yaml says") }
            }
            if !differences.isEmpty { throw ExitCode.failure }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Declares queues.yaml on the broker.",
            discussion: """
                Safe to run twice and while workers run. A queue whose arguments differ is not touched: the broker refuses, and it has to \
                be emptied and deleted first.
                """)

        func run() async throws {
            let context = try CommandContext.load("queues", looksOnly: true)
            let environment = try context.environment("queues", connections: 1)
            try await environment.broker.apply(context.topology)
            await environment.close()
            print("declared \(context.topology.queues.count) queues, their dead letters and \(context.topology.delays.count) delays")
        }
    }
}

import Foundation
import Testing
import Topology
import Workers

@Suite struct RosterTests {
    private let topology: Topology

    init() throws {
        topology = try Topology.parse(yaml: try String(contentsOf: Sources.root.appending(path: "queues.yaml"), encoding: .utf8))
    }

    @Test func `every queue has its worker, and every worker its queue`() {
        #expect(Set(Roster.workers.map(\.queue)) == Set(topology.queues.map(\.name)))
        #expect(Roster.workers.count == Set(Roster.workers.map(\.queue)).count)
    }

    @Test func `every message type of the domain is handled by a queue or stands among the ends`() throws {
        for file in try Sources.swift(under: "Core/Commerce/Messages") {
            for match in file.text.matches(of: /static let type = "([a-z._]+)"/) {
                let type = String(match.1)
                #expect(topology.isHandled(type) || topology.ends.contains(type), "\(type) of \(file.path) goes nowhere")
            }
        }
    }

    @Test func `every type in queues.yaml is a message of the domain`() throws {
        let known = try Sources.swift(under: "Core/Commerce/Messages").flatMap { file in
            file.text.matches(of: /static let type = "([a-z._]+)"/).map { String($0.1) }
        }
        let named = Set(topology.queues.flatMap(\.handles)).union(topology.ends)
        #expect(named.subtracting(known).isEmpty)
    }
}

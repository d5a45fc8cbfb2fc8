import Commerce
import Foundation
import HTTPTypes
import Testing
import Yams

@testable import Intake

@Suite struct OpenAPITests {
    private typealias Node = [String: Any]

    private let document: [String: Any]
    private let operations: [String: [String: Any]]

    init() throws {
        let text = String(decoding: OpenAPIDocument.text, as: UTF8.self)
        document = try #require(try Yams.load(yaml: text) as? [String: Any])
        var operations: [String: [String: Any]] = [:]
        for (path, item) in try #require(document["paths"] as? [String: [String: Any]]) {
            for (method, operation) in item { operations["\(method.uppercased()) \(path)"] = operation as? [String: Any] }
        }
        self.operations = operations
    }

    @Test func `every route is documented, and nothing else is`() throws {
        let routes = Set(try Desk.unconnected().endpoints.map { "\($0.method.rawValue) \($0.path)" })
        #expect(routes.subtracting(operations.keys) == [], "not documented")
        #expect(Set(operations.keys).subtracting(routes) == [], "documented, and no route")
        #expect(document["openapi"] as? String == "3.1.0")
    }

    @Test func `every operation says whose key it takes, and what is answered without it`() throws {
        let schemes: [Endpoint.Caller: [String]] = [
            .anyone: [], .provider: [], .storefront: ["storefrontKey"], .merchant: ["merchantKey"],
        ]
        for endpoint in try Desk.unconnected().endpoints {
            let name = "\(endpoint.method.rawValue) \(endpoint.path)"
            let operation = try #require(operations[name])
            let security = try #require(operation["security"] as? [[String: Any]], "\(name)")
            #expect(security.flatMap(\.keys) == schemes[endpoint.caller], "\(name)")
            let responses = try #require(operation["responses"] as? Node, "\(name)")
            #expect(responses.keys.contains { $0.hasPrefix("2") }, "\(name)")
            guard endpoint.caller == .storefront || endpoint.caller == .merchant else { continue }
            for status in ["401", "403"] { #expect(responses[status] != nil, "\(name): \(status)") }
            if endpoint.path.contains("{") { #expect(responses["404"] != nil, "\(name): 404") }
        }
        #expect(Set(operations.values.compactMap { $0["operationId"] as? String }).count == operations.count)
    }

    @Test func `every parameter of a path is declared`() throws {
        for (name, operation) in operations {
            let parameters = (operation["parameters"] as? [Node] ?? []).map { resolve($0) }
            let declared = parameters.filter { $0["in"] as? String == "path" }.compactMap { $0["name"] as? String }
            let wanted = name.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
            #expect(declared == wanted, "\(name)")
        }
    }

    @Test func `every reference leads somewhere`() {
        func walk(_ value: Any) {
            if let node = value as? Node {
                if let reference = node["$ref"] as? String { #expect(target(reference) != nil, "\(reference)") }
                for member in node.values { walk(member) }
            } else if let elements = value as? [Any] {
                for element in elements { walk(element) }
            }
        }
        walk(document)
    }

    @Test func `every example has the shape that its schema says`() {
        var examples = 0
        for (name, operation) in operations {
            let bodies = [operation["requestBody"] as? Node].compactMap { $0 } + (operation["responses"] as? [String: Node] ?? [:]).values
            for body in bodies.map({ resolve($0) }) {
                for (_, media) in body["content"] as? [String: Node] ?? [:] {
                    guard let example = media["example"], let schema = media["schema"] as? Node else { continue }
                    examples += 1
                    check(example, schema, name)
                }
            }
        }
        #expect(examples > 10)
    }

    @Test func `the states are the ones there are`() throws {
        func check<S: State>(_ type: S.Type, _ name: String) throws {
            let schema = try #require(target("#/components/schemas/\(name)") as? Node)
            #expect(schema["enum"] as? [String] == S.allCases.map(\.rawValue), "\(name)")
        }
        try check(OrderState.self, "OrderState")
        try check(PaymentState.self, "PaymentState")
        try check(FulfillmentState.self, "FulfillmentState")
        try check(ShipmentState.self, "ShipmentState")
    }

    @Test func `an order that is documented is an order that is taken`() throws {
        let body = try #require(operations["POST /v1/orders"]?["requestBody"] as? Node)
        let media = try #require((body["content"] as? [String: Node])?["application/json"])
        let json = try JSONSerialization.data(withJSONObject: try #require(media["example"]))
        _ = try Submission(parsing: Array(json))
    }

    // MARK: - Reading the document

    private func target(_ reference: String) -> Any? {
        reference.split(separator: "/").dropFirst().reduce(document as Any?) { ($0 as? Node)?[String($1)] }
    }

    private func resolve(_ node: Node) -> Node {
        (node["$ref"] as? String).flatMap { target($0) as? Node } ?? node
    }

    /// Types, required and known members; not formats and bounds.
    private func check(_ value: Any, _ schema: Node, _ place: String) {
        let schema = resolve(schema)
        switch schema["type"] as? String {
        case "object":
            guard let object = value as? Node, let properties = schema["properties"] as? [String: Node] else {
                Issue.record("\(place): an object was expected")
                return
            }
            for name in schema["required"] as? [String] ?? [] { #expect(object[name] != nil, "\(place): \(name) is missing") }
            for (name, member) in object {
                guard let property = properties[name] else {
                    Issue.record("\(place): \(name) is not known")
                    continue
                }
                check(member, property, "\(place)/\(name)")
            }
        case "array":
            for element in value as? [Any] ?? [] { check(element, schema["items"] as? Node ?? [:], place) }
            #expect(value is [Any], "\(place)")
        case "string":
            #expect(value is String, "\(place)")
            if let choices = schema["enum"] as? [String] { #expect(choices.contains(value as? String ?? ""), "\(place)") }
        case "integer": #expect(value is Int, "\(place)")
        case "boolean": #expect(value is Bool, "\(place)")
        default: Issue.record("\(place): its schema has no type")
        }
    }
}

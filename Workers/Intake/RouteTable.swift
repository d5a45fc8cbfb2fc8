internal import FoundationEssentials
internal import HTTPTypes
internal import JSON

/// Finds the endpoint for a method and a path.
struct RouteTable: Sendable {
    /// What stands for the parameters of an endpoint's path.
    struct Parameters: Sendable {
        /// The UUID at `{id}`, where the path has one.
        var id: UUID?
        /// What stands at other names, percent-decoded.
        var texts: [(name: String, value: String)] = []

        /// What stands at a name of the path.
        func text(_ name: String) -> String? { texts.first { $0.name == name }?.value }
    }

    private enum Segment: Sendable {
        case literal(String)
        case id
        case text(String)
    }

    private struct Place: Sendable {
        let segments: [Segment]
        var endpoints: [Endpoint]
    }

    /// Paths without parameters, which most requests ask for: found whole.
    private let fixed: [String: [Endpoint]]
    /// Every path, by its number of segments; literals before parameters.
    private let places: [Int: [Place]]

    /// Segments of a path, at most.
    static let segmentLimit = 8

    init(_ endpoints: [Endpoint]) {
        var fixed: [String: [Endpoint]] = [:]
        var places: [String: Place] = [:]
        for endpoint in endpoints {
            if !endpoint.path.contains("{") { fixed[endpoint.path, default: []].append(endpoint) }
            let segments = endpoint.path.split(separator: "/").map(Self.segment)
            precondition(segments.count <= Self.segmentLimit, "\(endpoint.path) is too long")
            places[endpoint.path, default: Place(segments: segments, endpoints: [])].endpoints.append(endpoint)
        }
        self.fixed = fixed
        self.places = Dictionary(grouping: places.values) { $0.segments.count }
            .mapValues { $0.sorted { Self.literals($0.segments) > Self.literals($1.segments) } }
    }

    /// The endpoint that answers, with what its path's parameters stand for.
    func find(_ method: HTTPRequest.Method, _ path: String) throws(Problem) -> (Endpoint, Parameters) {
        if let endpoints = fixed[path] { return (try Self.pick(method, endpoints), Parameters()) }
        let parts = path.split(separator: "/", maxSplits: Self.segmentLimit)
        var isNoID = false
        for place in places[parts.count] ?? [] {
            switch Self.match(place.segments, parts) {
            case .parameters(let parameters): return (try Self.pick(method, place.endpoints), parameters)
            case .noID: isNoID = true
            case .other: continue
            }
        }
        throw .notFound(isNoID ? "the path holds no UUID where one was expected" : "there is nothing at this path")
    }

    private enum Match {
        case parameters(Parameters)
        /// All fits but for a text where a UUID should be.
        case noID
        case other
    }

    private static func match(_ segments: [Segment], _ parts: [Substring]) -> Match {
        var parameters = Parameters()
        var isNoID = false
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .literal(let text): guard part == text else { return .other }
            case .id:
                parameters.id = UUID(text: String(part))
                if parameters.id == nil { isNoID = true }
            case .text(let name):
                guard let value = PercentCoding.decode(part) else { return .other }
                parameters.texts.append((name, value))
            }
        }
        return isNoID ? .noID : .parameters(parameters)
    }

    private static func pick(_ method: HTTPRequest.Method, _ endpoints: [Endpoint]) throws(Problem) -> Endpoint {
        for endpoint in endpoints where endpoint.method == method { return endpoint }
        throw .wrongMethod(allowed: endpoints.map(\.method.rawValue).sorted().joined(separator: ", "))
    }

    private static func segment(_ text: Substring) -> Segment {
        guard text.first == "{", text.last == "}" else { return .literal(String(text)) }
        let name = String(text.dropFirst().dropLast())
        return name == "id" ? .id : .text(name)
    }

    /// How specific a path is: its literals, those in front counting most.
    private static func literals(_ segments: [Segment]) -> Int {
        segments.reduce(0) { sum, segment in
            if case .literal = segment { return sum * 2 + 1 }
            return sum * 2
        }
    }
}

internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import Logging
internal import NIOCore

/// A request as the routes see it: the identifier in its path, its fields, its body within bounds.
struct IncomingRequest: Sendable {
    let request: Request
    /// The identifier in the path, where the route has one.
    let id: UUID?
    let logger: Logger

    /// How long a body may take to come in.
    static let bodyLimit: Duration = .seconds(15)

    func field(_ name: HTTPField.Name) -> String? { request.headers[name] }

    /// A field by its name as text, in any case.
    func field(named name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }

    /// Refuses a body of another type than the one expected; parameters such as a charset are ignored.
    func expect(_ type: String) throws(Problem) {
        guard let field = field(.contentType) else { throw .wrongType(type) }
        let essence = field.prefix { $0 != ";" }.trimmed.lowercased()
        guard essence == type else { throw .wrongType(type) }
    }

    /// The whole body; refused as soon as it is known to be too large.
    func body(limit: Int = Submission.bodyLimit) async throws(Problem) -> [UInt8] {
        if let length = field(.contentLength).flatMap({ Int($0) }), length > limit { throw .tooLarge }
        let started = ContinuousClock.now
        var bytes: [UInt8] = []
        do {
            for try await chunk in request.body {
                guard bytes.count + chunk.readableBytes <= limit else { throw Problem.tooLarge }
                bytes.append(contentsOf: chunk.readableBytesView)
                guard ContinuousClock.now - started < Self.bodyLimit else { throw Problem.tooSlow }
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .badRequest("the body could not be read")
        }
        return bytes
    }

    /// A small JSON body, or nil where there is none.
    func optionalObject() async throws(Problem) -> JSONObject? {
        let bytes = try await body(limit: 16 * 1024)
        if bytes.isEmpty { return nil }
        try expect("application/json")
        do { return try JSONObject(parsing: bytes) } catch { throw .invalid(error) }
    }

    /// The W3C trace context, where the caller sends one that is well formed.
    var traceparent: String? {
        guard let text = field(.traceparent), text.utf8.count == 55,
            text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        return text
    }
}

extension Substring {
    /// Without spaces around.
    fileprivate var trimmed: Substring {
        var text = self
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text.drop { $0 == " " || $0 == "\t" }
    }
}

internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import Logging
internal import NIOCore

/// A request as the routes see it: the identifier in its path, its fields, its body within bounds.
struct IncomingRequest: Sendable {
    let request: Request
    let fields: RequestFields
    /// What stands in the path where the route has names.
    let parameters: RouteTable.Parameters
    private let channel: any Channel
    let logger: Logger

    /// The identifier in the path, where the route has one.
    var id: UUID? { parameters.id }

    init(request: Request, parameters: RouteTable.Parameters, channel: any Channel, logger: Logger) {
        self.request = request
        fields = RequestFields(request.headers)
        self.parameters = parameters
        self.channel = channel
        self.logger = logger
    }

    /// How long a body may take to come in.
    static let bodyLimit: Duration = .seconds(15)

    /// A field by its name as text, in any case.
    func field(named name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }

    /// Ends the connection once its answer had time to leave.
    func hangUp() { channel.hangUp() }

    /// The parameters behind the question mark, to be taken one by one.
    func query() throws(Problem) -> QueryFields { try QueryFields(request.uri.query) }

    /// Refuses a body of another type than the one expected; parameters such as a charset are ignored.
    func expect(_ type: String) throws(Problem) {
        guard let field = fields.contentType else { throw .wrongType(type) }
        if field == type { return }
        let essence = field.prefix { $0 != ";" }.trimmed.lowercased()
        guard essence == type else { throw .wrongType(type) }
    }

    /// The whole body; refused as soon as it is known to be too large.
    /// - Throws: a ``Problem``, or a ``ConnectionBroken`` where no answer would be read.
    func body(limit: Int = Submission.bodyLimit) async throws -> [UInt8] {
        if let length = fields.contentLength.flatMap({ Int($0) }), length > limit { throw Problem.tooLarge(limit: limit) }
        let started = ContinuousClock.now
        var bytes: [UInt8] = []
        do {
            for try await chunk in request.body {
                guard bytes.count + chunk.readableBytes <= limit else { throw Problem.tooLarge(limit: limit) }
                bytes.append(contentsOf: chunk.readableBytesView)
                guard ContinuousClock.now - started < Self.bodyLimit else { throw Problem.tooSlow(limit: Self.bodyLimit) }
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw ConnectionBroken(cause: error)
        }
        return bytes
    }

    /// A small JSON body, or nil where there is none.
    func optionalObject() async throws -> JSONObject? {
        let bytes = try await body(limit: 16 * 1024)
        if bytes.isEmpty { return nil }
        try expect("application/json")
        do { return try JSONObject(parsing: bytes) } catch { throw Problem.invalid(error) }
    }

    /// The W3C trace context, where the caller sends one that is well formed.
    var traceparent: String? {
        guard let text = fields.traceparent, text.utf8.count == 55,
            text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        return text
    }
}

/// A request that broke off, or was no HTTP: there is nobody to answer, and the connection ends.
struct ConnectionBroken: Error {
    let cause: any Error
}

extension Substring {
    /// Without spaces around.
    fileprivate var trimmed: Substring {
        var text = self
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text.drop { $0 == " " || $0 == "\t" }
    }
}

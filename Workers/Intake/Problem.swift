internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import NIOCore

/// What a request is refused with: `application/problem+json` (RFC 9457), with a JSON pointer where a member is at fault.
struct Problem: Error, Sendable, Equatable {
    var status: Int
    /// A word for programs: `invalid`, `unauthorized`, `busy` …
    var code: String
    /// What was wrong and what to do, for people.
    var detail: String
    var pointer: String?
    var headers: [Header] = []
    /// The rest of the request is not worth reading: the connection is closed after the answer.
    var closes = false

    struct Header: Sendable, Equatable {
        var name: HTTPField.Name
        var value: String
    }

    // MARK: - The ones there are

    static func invalid(_ error: JSONError) -> Problem {
        // A text that is no JSON has no place in it to point at.
        Problem(
            status: error.pointer.isEmpty && error.problem.hasPrefix("not valid JSON") ? 400 : 422, code: "invalid", detail: error.problem,
            pointer: error.pointer)
    }

    static func badRequest(_ detail: String, code: String = "bad_request") -> Problem {
        Problem(status: 400, code: code, detail: detail)
    }

    static func unauthorized(_ detail: String) -> Problem {
        Problem(
            status: 401, code: "unauthorized", detail: detail,
            headers: [Header(name: .wwwAuthenticate, value: "Bearer realm=\"sluice\"")])
    }

    static func forbidden(_ detail: String) -> Problem { Problem(status: 403, code: "forbidden", detail: detail) }

    static func notFound(_ detail: String) -> Problem { Problem(status: 404, code: "not_found", detail: detail) }

    static func wrongMethod(allowed: String) -> Problem {
        Problem(
            status: 405, code: "method_not_allowed", detail: "only \(allowed) is known here",
            headers: [Header(name: .allow, value: allowed)])
    }

    static let tooLarge = Problem(
        status: 413, code: "too_large", detail: "a body may have at most \(Submission.bodyLimit) bytes", closes: true)

    static let tooSlow = Problem(
        status: 408, code: "too_slow", detail: "the body did not come in within \(IncomingRequest.bodyLimit)", closes: true)

    static func wrongType(_ expected: String) -> Problem {
        Problem(status: 415, code: "unsupported_media_type", detail: "the content type must be \(expected)")
    }

    static let keyReused = Problem(
        status: 422, code: "idempotency_key_reused", detail: "this Idempotency-Key was used before with another body")

    static func unavailable(_ detail: String, retryAfter seconds: Int) -> Problem {
        Problem(
            status: 503, code: "unavailable", detail: detail, headers: [Header(name: .retryAfter, value: String(seconds))])
    }

    /// What became of a message that nobody took.
    static func notTaken(_ outcome: Handover.Outcome) -> Problem {
        outcome == .full
            ? .unavailable("the queue is full: try again later", retryAfter: 5)
            : .unavailable("nothing can be taken for the moment: try again, with the same Idempotency-Key", retryAfter: 2)
    }

    // MARK: - As an answer

    private var title: String { HTTPResponse.Status(code: status).reasonPhrase }

    var response: Response {
        let body = JSONWriter.object { json in
            json.member("type", "about:blank")
            json.member("title", title)
            json.member("status", status)
            json.member("code", code)
            json.member("detail", detail)
            json.member("pointer", ifPresent: pointer)
        }
        var response = Response(status: HTTPResponse.Status(code: status), body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
        response.headers[.contentType] = "application/problem+json"
        for header in headers { response.headers[header.name] = header.value }
        if closes { response.headers[.connection] = "close" }
        return response
    }
}

extension Response {
    /// An answer with a JSON body.
    static func json(_ status: HTTPResponse.Status, _ body: [UInt8]) -> Response {
        var response = Response(status: status, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
        response.headers[.contentType] = "application/json"
        return response
    }
}

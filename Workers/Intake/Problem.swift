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
    /// The query parameter at fault, where one is.
    var parameter: String?
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

    /// A query parameter that is not known, stands twice or can't be decoded (400), or whose value can't be meant (422).
    static func parameter(_ name: String, _ detail: String, status: Int = 422) -> Problem {
        Problem(status: status, code: "invalid_parameter", detail: "\(name): \(detail)", parameter: name)
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

    static func tooLarge(limit: Int) -> Problem {
        Problem(status: 413, code: "too_large", detail: "at most \(limit) bytes may come here", closes: true)
    }

    static let tooManyLines = Problem(
        status: 413, code: "too_many_lines", detail: "at most \(BulkSubmission.lineLimit) lines may come at once", closes: true)

    static func tooSlow(limit: Duration) -> Problem {
        Problem(status: 408, code: "too_slow", detail: "the body did not come in within \(limit)", closes: true)
    }

    static let brokenOff = Problem(
        status: 400, code: "broken_off", detail: "the body broke off: neither this line nor any after it was taken", closes: true)

    static func wrongType(_ expected: String) -> Problem {
        Problem(status: 415, code: "unsupported_media_type", detail: "the content type must be \(expected)")
    }

    static let keyReused = Problem(
        status: 422, code: "idempotency_key_reused", detail: "this Idempotency-Key was used before with another body")

    static let tooMany = unavailable("too many orders are waiting: try again later", retryAfter: 5)

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

    /// Its members.
    func write(to json: inout JSONWriter) {
        json.member("type", "about:blank")
        json.member("title", title)
        json.member("status", status)
        json.member("code", code)
        json.member("detail", detail)
        json.member("pointer", ifPresent: pointer)
        json.member("parameter", ifPresent: parameter)
    }

    var response: Response {
        let body = JSONWriter.object { write(to: &$0) }
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

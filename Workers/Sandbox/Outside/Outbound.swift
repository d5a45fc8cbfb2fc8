import HTTPClient
import Logging

/// Calls from the outside world to us: notifications, pushes, webhooks' consequences.
struct Outbound: Sendable {
    /// What came back; nil when nothing did.
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
    }

    /// POSTs a body to a URL, with headers, within a deadline.
    let post: @Sendable (_ url: String, _ headers: [(name: String, value: String)], _ body: [UInt8], _ deadline: Duration) async -> Answer?
    let close: @Sendable () async -> Void

    /// Over HTTP.
    static func live(logger: Logger) -> Outbound {
        let client = HTTPClient(
            configuration: HTTPClientConfiguration(name: "sandbox", requestsPerHost: 64, waitingLimit: Agenda.width, bodyLimit: 65_536),
            logger: logger)
        return Outbound(
            post: { url, headers, body, deadline in
                let request = HTTPRequest(method: "POST", url: url, headers: headers, body: body, isRepeatable: true)
                do {
                    let response = try await client.execute(request, deadline: deadline)
                    return Answer(status: response.status, body: response.body)
                } catch {
                    logger.debug("a call to us failed", metadata: ["url": "\(url)", "error": "\(error)"])
                    return nil
                }
            },
            close: { await client.close() })
    }
}

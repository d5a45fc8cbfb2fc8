public import Logging
internal import Metrics
internal import Synchronization

/// Calls outside parties over HTTP/1.1 and HTTP/2.
///
/// Connections are kept and reused. Every request has a deadline, every response a bound, every host a bound on the
/// requests under way. Redirects are not followed, proxies from the environment not used; TLS is 1.2 or newer, verified.
/// One thread does the work of all requests.
public final class HTTPClient: Sendable {
    private let session: Session
    private let name: String
    private let lastID = Atomic<UInt64>(0)

    /// - Parameter logger: gets what concerns the client as a whole; failures of requests are thrown to their callers.
    public init(configuration: HTTPClientConfiguration = HTTPClientConfiguration(), logger: Logger) {
        session = Session(configuration: configuration, logger: logger)
        name = configuration.name
    }

    deinit {
        let session = session
        Task { await session.stop() }
    }

    /// Sends a request and receives its response, whatever its status.
    ///
    /// When the calling task is cancelled the transfer is aborted; over HTTP/1.1 that closes its connection.
    /// - Parameter deadline: the time for everything: waiting for a turn, connecting, sending, receiving.
    /// - Throws: ``HTTPError``, which also says whether the request may have arrived.
    public func execute(_ request: HTTPRequest, deadline: Duration = .seconds(10)) async throws(HTTPError) -> HTTPResponse {
        let id = lastID.wrappingAdd(1, ordering: .relaxed).newValue
        let started = ContinuousClock.now
        let session = session
        let result = await withTaskCancellationHandler {
            await session.perform(request, id: id, deadline: started + deadline)
        } onCancel: {
            Task { await session.cancel(id) }
        }
        record(result, since: started)
        return try result.get()
    }

    /// How many calls are under way or wait for a turn.
    package var callCount: Int { get async { await session.callCount } }

    /// Aborts what is under way and closes the connections. Later requests fail with ``HTTPError/Code/closed``.
    public func close() async {
        await session.close()
    }

    private func record(_ result: Result<HTTPResponse, HTTPError>, since started: ContinuousClock.Instant) {
        let outcome =
            switch result {
            case .success(let response): "\(response.status / 100)xx"
            case .failure(let error): error.code.description
            }
        Timer(label: "sluice_http_request_seconds", dimensions: [("client", name), ("outcome", outcome)])
            .record(duration: ContinuousClock.now - started)
    }
}

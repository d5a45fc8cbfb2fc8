/// One request to an outside party.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST`, …, as it is to be sent.
    public var method: String
    /// An absolute `http` or `https` URL, without user information, percent-encoded.
    public var url: String
    /// Sent in this order. `Host`, `Content-Length` and `Transfer-Encoding` are the client's own business.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// Whether the client may send it a second time when a kept connection turns out to be closed before any answer came.
    /// Where it may not, the caller gets an error with ``HTTPError/mayHaveArrived`` instead and decides.
    public var isRepeatable: Bool

    /// - Parameter isRepeatable: by default, as RFC 9110 section 9.2.2 has it for the method: all but `POST` and `PATCH`.
    public init(
        method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [], isRepeatable: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.isRepeatable = isRepeatable ?? (method != "POST" && method != "PATCH")
    }
}

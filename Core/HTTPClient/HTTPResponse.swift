/// What an outside party answered: any status, complete and within the bounds.
public struct HTTPResponse: Sendable {
    public let status: Int
    /// In the order received, names as received.
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, which is compared without regard to case.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    /// What `Retry-After` asks for when it names seconds (RFC 9110 section 10.2.3), at most a day; nil when absent or a date.
    public var retryAfter: Duration? {
        guard let text = header("Retry-After"), let seconds = Int64(text), seconds >= 0 else { return nil }
        return .seconds(min(seconds, 86_400))
    }
}

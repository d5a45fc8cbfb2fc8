/// Why a request brought no response.
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong. More may come; switch with a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case timedOut, cannotConnect, refusedAddress, tooLarge, cancelled, connectionLost, invalidRequest, badResponse, busy, closed
        }
        private let base: Base

        /// The deadline passed: while waiting for a turn, connecting, sending or receiving.
        public static let timedOut = Code(base: .timedOut)
        /// The name did not resolve, nobody listens, or the TLS handshake failed.
        public static let cannotConnect = Code(base: .cannotConnect)
        /// The host's addresses are ones that the client's ``AddressPolicy`` forbids.
        public static let refusedAddress = Code(base: .refusedAddress)
        /// The response is larger than ``HTTPClientConfiguration/bodyLimit``, or its headers than 64 KiB.
        public static let tooLarge = Code(base: .tooLarge)
        /// The calling task was cancelled.
        public static let cancelled = Code(base: .cancelled)
        /// The connection broke before the response was complete.
        public static let connectionLost = Code(base: .connectionLost)
        /// The request cannot be sent as it is: its URL, a header or its method is malformed.
        public static let invalidRequest = Code(base: .invalidRequest)
        /// What came back is not HTTP.
        public static let badResponse = Code(base: .badResponse)
        /// More callers are waiting for a turn than ``HTTPClientConfiguration/waitingLimit`` allows.
        public static let busy = Code(base: .busy)
        /// The client was closed.
        public static let closed = Code(base: .closed)

        public var description: String { base.rawValue }
    }

    public let code: Code
    /// What happened, in words, without the URL's query, headers or bodies.
    public let message: String
    /// Whether the other side may have received the request, and acted on it: any part of it was sent.
    public let mayHaveArrived: Bool

    public init(code: Code, message: String, mayHaveArrived: Bool) {
        self.code = code
        self.message = message
        self.mayHaveArrived = mayHaveArrived
    }

    public var description: String { "\(code): \(message)" }
}

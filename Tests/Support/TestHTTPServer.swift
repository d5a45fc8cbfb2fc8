internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// A small HTTP server on 127.0.0.1 that does what a test tells it, and counts.
public final class TestHTTPServer: Sendable {
    public struct Request: Sendable {
        public var method: String
        /// The path and the query, as they came.
        public var uri: String
        public var headers: [(name: String, value: String)]
        public var body: [UInt8]

        /// The first header of that name, which is given in lower case.
        public func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    }

    public enum Reply: Sendable {
        case answer(status: Int = 200, headers: [(String, String)] = [], body: [UInt8] = [])
        /// The answer when the given latch opens.
        case held(Latch)
        /// These bytes as they are, then the end of the connection.
        case raw([UInt8])
        case close
        case nothing
    }

    public struct Counts: Sendable {
        public var connections = 0
        public var closed = 0
        public var underWay = 0
        public var mostUnderWay = 0
        public var requests: [Request] = []
    }

    public let port: Int
    private let channel: any Channel
    private let state: State

    private final class State: Sendable {
        let counts = Mutex(Counts())
        let reply: @Sendable (Request) -> Reply
        init(reply: @escaping @Sendable (Request) -> Reply) { self.reply = reply }
    }

    public var counts: Counts { state.counts.withLock { $0 } }
    public var url: String { "http://127.0.0.1:\(port)" }

    public init(_ reply: @escaping @Sendable (Request) -> Reply) async throws {
        let state = State(reply: reply)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(Handler(state))
                }
            }
        // Ports that the system hands out to clients begin at 32768.
        var bound: (any Channel)?
        for _ in 0..<50 where bound == nil {
            bound = try? await bootstrap.bind(host: "127.0.0.1", port: Int.random(in: 20_000..<32_000)).get()
        }
        guard let bound, let port = bound.localAddress?.port else { throw NoPort() }
        channel = bound
        self.port = port
        self.state = state
    }

    public func stop() async throws { try await channel.close() }

    private struct NoPort: Error {}

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let state: State
        private var request = Request(method: "", uri: "", headers: [], body: [])

        init(_ state: State) { self.state = state }

        func channelActive(context: ChannelHandlerContext) { state.counts.withLock { $0.connections += 1 } }

        func channelInactive(context: ChannelHandlerContext) { state.counts.withLock { $0.closed += 1 } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                request = Request(method: head.method.rawValue, uri: head.uri, headers: head.headers.map { ($0.name, $0.value) }, body: [])
            case .body(let buffer):
                request.body += Array(buffer.readableBytesView)
            case .end:
                let request = request
                state.counts.withLock { counts in
                    counts.requests.append(request)
                    counts.underWay += 1
                    counts.mostUnderWay = max(counts.mostUnderWay, counts.underWay)
                }
                answer(state.reply(request), context)
            }
        }

        private func answer(_ reply: Reply, _ context: ChannelHandlerContext) {
            let channel = context.channel
            switch reply {
            case .answer(let status, let headers, let body): Handler.write(channel, state, status, headers, body)
            case .held(let latch):
                let state = state
                latch.whenOpen { channel.eventLoop.execute { Handler.write(channel, state, 200, [], []) } }
            case .raw(let bytes):
                // Around the encoder, straight to the socket.
                let head = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
                head?.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
                channel.close(promise: nil)
            case .close: channel.close(promise: nil)
            case .nothing: break
            }
        }

        private static func write(_ channel: any Channel, _ state: State, _ status: Int, _ headers: [(String, String)], _ body: [UInt8]) {
            state.counts.withLock { $0.underWay -= 1 }
            var fields = HTTPHeaders(headers)
            fields.add(name: "content-length", value: String(body.count))
            let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
    }
}

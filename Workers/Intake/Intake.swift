internal import Commerce
public import FoundationEssentials
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import Messaging
internal import NIOCore
internal import NIOPosix
public import ServiceLifecycle
internal import Store
public import Work

/// The HTTP side: takes orders from storefronts, words from merchants and news from providers, and hands each over as a
/// message. A success is answered only once the broker or the database keeps it.
///
/// Any number of them may run. On graceful shutdown it accepts no more connections and finishes what it has begun.
public struct Intake: Service {
    private let configuration: IntakeConfiguration
    private let place: Workplace
    private let listening: @Sendable (Int) async -> Void
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - place: its database should answer or fail within some 5 s: a request waits for it when the broker is away.
    ///   - now: the time.
    ///   - listening: told the port once connections are accepted.
    public init(
        configuration: IntakeConfiguration, place: Workplace, now: @escaping @Sendable () -> Date = { Date() },
        listening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.place = place
        self.listening = listening
        self.now = now
    }

    public func run() async throws {
        let access = Access(place.database)
        let keys = KeyRing(access: access, pepper: configuration.pepper, logger: place.logger)
        let handover = Handover(place: place)
        let gauge = DepthGauge(place: place, type: OrderSubmitted.type, handover: handover)
        let hub = EventHub(access: access, logger: place.logger, now: now)
        let desk = Desk(
            place: place, keys: keys, handover: handover, gauge: gauge, recent: RecentOrders(), hub: hub, sealing: configuration.sealing,
            index: configuration.index, access: access, weChat: configuration.weChat, kuaidi100: configuration.kuaidi100,
            publicURL: configuration.publicURL, now: now)
        // The first request should find the keys read and the broker connected, where they can be.
        place.broker.connect()
        _ = await Deadline.within(.seconds(2)) { await keys.refresh() }
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads)
        // Ended from the last to the first: the streams before the server, which waits for what it is answering.
        let services: [any Service] = [keys, gauge, server(Responder(desk: desk), on: loops), hub]
        do {
            try await ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: place.logger)).run()
        } catch {
            try? await loops.shutdownGracefully()
            throw error
        }
        try await loops.shutdownGracefully()
    }

    private func server(_ responder: Responder, on loops: MultiThreadedEventLoopGroup) -> any Service {
        let http = HTTP1Channel(
            responder: { request, writer, channel in try await responder.respond(to: request, writer, on: channel) },
            configuration: HTTP1Channel.Configuration(
                idleTimeout: TimeAmount(configuration.idleTimeout),
                httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 16 * 1024, maxHeaderFieldCount: 100)))
        return LoopChannel(http: http).server(
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1_024,
                availableConnectionsDelegate: .maximum(configuration.connections, logger: place.logger)),
            onServerRunning: { [listening] in await listening($0.localAddress?.port ?? 0) }, eventLoopGroup: loops, logger: place.logger)
    }
}

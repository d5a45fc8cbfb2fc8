internal import Hummingbird
public import Logging
public import ServiceLifecycle

/// The outside world, simulated: WeChat Pay, Kuaidi100, Aliyun SMS, the merchants and the storefronts, each over real HTTP and in its
/// own protocol, verifying and signing as the real one does.
///
/// It shares no code with the adapters that call it: what both got wrong in the same way would otherwise pass.
public enum Sandbox {
    /// The sandbox as a service: it listens until it is shut down gracefully. What it charged and what is under way is kept in its
    /// directory, and a later one goes on with it.
    /// - Parameter onListening: told the port when it listens.
    /// - Throws: ``SandboxError`` when its directory can't be used.
    public static func service(
        configuration: SandboxConfiguration, logger: Logger, onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(SandboxError) -> any Service {
        let world = try World(configuration: configuration, outbound: .live(logger: logger), logger: logger)
        return SandboxService(world: world, configuration: configuration, logger: logger, onListening: onListening)
    }

    /// What everybody does when, for `sluice sandbox --help`.
    public static var help: String {
        """
        The world outside, simulated. What everybody does follows from what they are asked:

        Buyers, by the last two digits of the amount in fen:
        \(BuyerBehaviour.table)

        Parcels, by the last digit of the waybill:
        \(ParcelBehaviour.table)

        Telephone numbers, by their last four digits:
        \(PhoneBehaviour.table)

        GET  /_sandbox/state      what everybody has seen: requests, charges, doubles, invalid signatures, webhooks
        GET  /_sandbox/charges    every trade and how often it was charged, or one: ?out_trade_no=…
        GET  /_sandbox/messages   every SMS by its OutId, or one: ?out_id=…
        GET  /_sandbox/faults     what goes wrong with whom
        POST /_sandbox/faults     {"wechat": {"latency_ms": 200, "error_percent": 10, "busy_percent": 0, "garbage_percent": 0,
                                   "silence_percent": 1, "silence_ms": 30000, "forged_percent": 0}, "kuaidi100": …, "aliyun": …,
                                   "merchant": …, "storefront": …}

        """
    }
}

/// Listens, and lets time pass.
struct SandboxService: Service {
    let world: World
    let configuration: SandboxConfiguration
    let logger: Logger
    let onListening: @Sendable (Int) -> Void

    func run() async throws {
        let world = world
        let onListening = onListening
        let application = Application(
            responder: Front(world: world, logger: logger),
            configuration: ApplicationConfiguration(address: .hostname(configuration.host, port: configuration.port), backlog: 1_024),
            onServerRunning: { channel in
                world.resume()
                onListening(channel.localAddress?.port ?? 0)
            }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await world.agenda.run() }
            // The application watches for the graceful shutdown; when it is done, so is everybody.
            defer { group.cancelAll() }
            try await application.run()
        }
        await world.outbound.close()
    }
}

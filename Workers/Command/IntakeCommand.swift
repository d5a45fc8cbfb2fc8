internal import ArgumentParser
internal import Commerce
internal import Intake
internal import Logging
internal import Providers
internal import Workers

struct IntakeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intake",
        abstract: "Takes orders over HTTP and hands them to the workers.",
        discussion: """
            Answers 202 once an order is safe: confirmed by RabbitMQ or, with RabbitMQ away, stored in PostgreSQL. Any number of them may \
            run behind a load balancer: GET /livez tells that it runs, GET /readyz that it can take orders.

            Needs SLUICE_AMQP_URL, SLUICE_DATABASE_URL, SLUICE_SEALING_KEYS, SLUICE_INDEX_KEY and SLUICE_KEY_PEPPER; listens on \
            SLUICE_INTAKE_HOST and SLUICE_INTAKE_PORT. SIGTERM ends it once the requests in hand are answered.

              SLUICE_INTAKE_PORT=8080 sluice intake
            """)

    func run() async throws {
        let context = try CommandContext.load("intake")
        let configuration = context.configuration
        var settings = IntakeConfiguration(
            host: try configuration.require(.intakeHost), port: try configuration.require(.intakePort),
            pepper: try KeyPepper(base64: try configuration.require(.keyPepper)),
            sealing: try Sealing(keys: try configuration.require(.sealingKeys)),
            index: try BlindIndex(key: try configuration.require(.indexKey)))
        settings.publicURL = configuration.value(.publicURL) ?? ""
        settings.weChat = try Self.weChat(configuration)
        settings.kuaidi100 = configuration.value(.kuaidi100Salt).map { Kuaidi100Pushes(salt: $0) }
        let environment = try context.environment("intake", connections: 8)
        let logger = context.logger
        let intake = Intake(
            configuration: settings, place: environment.place,
            listening: { [host = settings.host] port in
                logger.notice("the intake listens", metadata: ["host": "\(host)", "port": "\(port)"])
            })
        try await context.run([intake])
        await environment.close()
    }

    /// Who believes WeChat Pay's notifications; nil where it is not used.
    private static func weChat(_ configuration: Configuration) throws -> WeChatNotifications? {
        guard configuration.value(.weChatMerchant) != nil else { return nil }
        return WeChatNotifications(
            platform: try Outside.weChatPlatform(configuration), key: try WeChatResourceKey(try configuration.require(.weChatAPIv3Key)),
            merchantID: try configuration.require(.weChatMerchant))
    }
}

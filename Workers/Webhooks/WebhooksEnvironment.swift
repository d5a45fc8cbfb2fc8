internal import Commerce
internal import FoundationEssentials
internal import HTTPClient
internal import Providers

extension Webhooks {
    /// Webhooks as the configuration has them: to the public Internet only, and to what the operator allows.
    init(_ environment: Environment) throws {
        let allowed = environment.configuration.value(.webhookAllow) ?? []
        guard let addresses = AddressPolicy.publicOnly(allowing: allowed) else {
            throw ConfigurationError(problems: ["SLUICE_WEBHOOK_ALLOW holds what is no address, range or address with port"])
        }
        let client = HTTPClient(
            configuration: HTTPClientConfiguration(name: "webhooks", requestsPerHost: 32, bodyLimit: 64 << 10, addresses: addresses),
            logger: environment.logger)
        let sealing = try Sealing(keys: try environment.configuration.require(.sealingKeys))
        self.init(
            directory: EndpointDirectory(environment.database),
            caller: WebhookCaller(
                execute: { request, deadline throws(HTTPError) in try await client.execute(request, deadline: deadline) },
                unseal: { sealed, order throws(SealingError) in try sealing.person(sealed, order: order) },
                allowsPlainAddresses: { url in Self.isOnThisMachine(url) }))
    }

    /// Whether a URL leads nowhere else, so that nothing is sent over a network in the clear.
    static func isOnThisMachine(_ url: String) -> Bool {
        ["http://127.0.0.1:", "http://127.0.0.1/", "http://[::1]:", "http://[::1]/"].contains { url.hasPrefix($0) }
    }
}

internal import ArgumentParser
internal import Logging
internal import Sandbox
internal import Workers

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Simulates the world outside: WeChat Pay, Kuaidi100, Aliyun SMS, merchants and storefronts.",
        discussion: Sandbox.help)

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 8090

    @Option(help: "Where its keys and its journal are kept; made if it is missing.")
    var directory = ".sluice/sandbox"

    @Option(help: ArgumentHelp("Where merchants report what they shipped.", valueName: "url"))
    var intake = "http://127.0.0.1:8080"

    @Option(help: ArgumentHelp("Which courier the merchants ship with, as Kuaidi100 codes it.", valueName: "code"))
    var carrier = "yuantong"

    func run() async throws {
        let context = try CommandContext.load("sandbox")
        var keys: [String: String] = [:]
        for entry in context.configuration.value(.sandboxMerchantKeys) ?? [] {
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw ValidationError("SLUICE_SANDBOX_MERCHANT_KEYS: expected merchant=key,merchant=key")
            }
            keys[parts[0]] = parts[1]
        }
        let logger = context.logger
        let settings = SandboxConfiguration(
            host: host, port: port, directory: directory, intakeURL: intake, merchantAPIKeys: keys, carrier: carrier)
        let service = try Sandbox.service(configuration: settings, logger: logger) { port in
            logger.notice("the sandbox listens", metadata: ["port": "\(port)"])
        }
        try await context.run([service])
    }
}

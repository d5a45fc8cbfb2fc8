internal import Foundation
internal import PrivateServers
internal import Sandbox
internal import Workers

/// How the processes of `sluice up` are configured.
struct UpSettings: Sendable {
    /// Every variable that begins with `SLUICE_`.
    let values: [String: String]
    let secrets: Secrets
    let sandboxKeys: SandboxKeys
    let sandbox: SandboxConfiguration
    let intakePort: Int

    /// - Parameters:
    ///   - given: what whoever typed the command has set: it counts, except where the world outside is the sandbox.
    ///   - servers: the URLs of the private servers.
    static func make(directory: String, given: Configuration, servers: [String: String], port: Int?, isDemo: Bool) throws -> UpSettings {
        let shop = DemoShop()
        let secrets = try Secrets.load(from: directory, merchants: shop.merchants.map(\.id))
        let intakePort = try choosePort(port, given: given)
        let sandboxPort = Ports.free(except: [intakePort])
        let sandbox = SandboxConfiguration(
            port: sandboxPort, directory: directory + "/sandbox", intakeURL: "http://127.0.0.1:\(intakePort)")
        let keys = try SandboxKeys.load(directory: sandbox.directory)

        // What counts unless it is set: windows short enough to watch.
        var values = [
            "SLUICE_PAYMENT_WINDOW": isDemo ? "30s" : "60s", "SLUICE_CONFIRMATION_WINDOW": isDemo ? "2s" : "20s",
            "SLUICE_TRACKING_FIRST": isDemo ? "2s" : "10s", "SLUICE_TRACKING_LONGEST": isDemo ? "10s" : "60s", "SLUICE_QUIET_HOURS": "none",
            "SLUICE_LOG_LEVEL": "notice",
            "SLUICE_LOG_FORMAT": "json", "SLUICE_SEALING_KEYS": secrets.sealingKeys, "SLUICE_INDEX_KEY": secrets.indexKey,
            "SLUICE_KEY_PEPPER": secrets.keyPepper, "SLUICE_QUEUES_FILE": try QueuesFile.find(given),
        ]
        for entry in given.entries { if let setting = entry.setting { values[entry.name] = setting } }
        // What counts whatever is set: sample orders must never reach a real provider.
        values.merge(servers) { $1 }
        values.merge(keys.environment(url: sandbox.url).map { ($0.name, $0.value) }) { $1 }
        values["SLUICE_INTAKE_PORT"] = "\(intakePort)"
        values["SLUICE_PUBLIC_URL"] = "http://127.0.0.1:\(intakePort)"
        values["SLUICE_WEBHOOK_ALLOW"] = "127.0.0.1:\(sandboxPort)"
        values["SLUICE_SANDBOX_MERCHANT_KEYS"] = secrets.merchantKeys.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
        return UpSettings(values: values, secrets: secrets, sandboxKeys: keys, sandbox: sandbox, intakePort: intakePort)
    }

    /// The port that was asked for, which must be free; else the usual one, or a free one where that is taken.
    private static func choosePort(_ wanted: Int?, given: Configuration) throws -> Int {
        let usual = try given.require(.intakePort)
        guard let wanted else { return Ports.isFree(usual) ? usual : Ports.free() }
        guard Ports.isFree(wanted) else { throw CommandError("somebody listens on port \(wanted) already: choose another with --port") }
        return wanted
    }
}

import FoundationEssentials
import HTTPClient
import Hummingbird
import JSON
import Logging
import Providers
import Sandbox
import ServiceLifecycle
import Support
import Synchronization

/// A sandbox that runs, and somebody at our end who takes what it sends.
final class Rig: Sendable {
    /// A request that came to our end.
    struct Arrival: Sendable {
        let path: String
        let headers: [String: String]
        let body: [UInt8]
    }

    let configuration: SandboxConfiguration
    let keys: SandboxKeys
    let client: HTTPClient
    private let received = Mutex<[Arrival]>([])
    /// What our end answers, by the start of the path; 200 and an empty body otherwise.
    private let answers = Mutex<[(prefix: String, status: Int, body: String)]>([])

    private init(configuration: SandboxConfiguration, keys: SandboxKeys) {
        self.configuration = configuration
        self.keys = keys
        client = HTTPClient(
            configuration: HTTPClientConfiguration(name: "test"), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Keys made once for the run: an RSA key takes seconds of a busy machine.
    private static let keysFile = Result {
        let place = FileManager.default.temporaryDirectory.path + "/sluice-sandbox-keys-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: place) }
        _ = try SandboxKeys.load(directory: place)
        return try Data(contentsOf: URL(filePath: place + "/keys.json"))
    }

    /// Runs a body with a sandbox and our end, both on free ports.
    /// - Parameters:
    ///   - directory: an earlier sandbox's, to go on with.
    ///   - ourPort: where our end listens; a free port otherwise.
    static func run(
        directory: String? = nil, ourPort: Int = freePort(), delays: SandboxDelays? = nil, probeInterval: Int = 0, memoryLimit: Int = 1_000,
        _ body: @escaping @Sendable (Rig) async throws -> Void
    ) async throws {
        let place = directory ?? FileManager.default.temporaryDirectory.path + "/sluice-sandbox-\(UUID().uuidString)"
        defer { if directory == nil { try? FileManager.default.removeItem(atPath: place) } }
        var configuration = SandboxConfiguration(
            port: freePort(), directory: place, intakeURL: "http://127.0.0.1:\(ourPort)", merchantAPIKey: "merchant-key",
            delays: delays ?? .quick, memoryLimit: memoryLimit, probeInterval: probeInterval)
        while configuration.port == ourPort { configuration.port = freePort() }
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        if !FileManager.default.fileExists(atPath: place + "/keys.json") {
            try keysFile.get().write(to: URL(filePath: place + "/keys.json"))
        }
        let rig = Rig(configuration: configuration, keys: try SandboxKeys.load(directory: place))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = try Sandbox.service(configuration: configuration, logger: logger)
        let router = Router()
        for method in [HTTPRequest.Method.post, .get] { router.on("**", method: method) { request, _ in try await rig.take(request) } }
        let ourEnd = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: ourPort)), logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            group.addTask { try await ourEnd.run() }
            group.addTask {
                try await eventually("the sandbox and our end listen") {
                    let one = try? await rig.get("/_sandbox/state")
                    let other = try? await rig.client.execute(.init(method: "GET", url: "http://127.0.0.1:\(ourPort)/"))
                    return one != nil && other != nil
                }
                try await body(rig)
            }
            // The body ends first, unless one of the others fails.
            defer { group.cancelAll() }
            try await group.next()
        }
        await rig.client.close()
    }

    var ourURL: String { configuration.intakeURL }

    // MARK: - Our end

    func arrivals(_ prefix: String) -> [Arrival] { received.withLock { $0.filter { $0.path.hasPrefix(prefix) } } }

    func answer(_ prefix: String, _ status: Int, _ body: String = "") {
        answers.withLock { answers in
            answers.removeAll { $0.prefix == prefix }
            answers.append((prefix, status, body))
        }
    }

    private func take(_ request: Request) async throws -> Response {
        let body = Array(buffer: try await request.body.collect(upTo: 1 << 20))
        let headers = Dictionary(request.headers.map { ($0.name.canonicalName, $0.value) }) { first, _ in first }
        received.withLock { $0.append(Arrival(path: request.uri.path, headers: headers, body: body)) }
        let answer = answers.withLock { $0.last { request.uri.path.hasPrefix($0.prefix) } }
        return Response(
            status: .init(code: answer?.status ?? 200), body: ResponseBody(byteBuffer: ByteBuffer(string: answer?.body ?? "")))
    }

    // MARK: - The sandbox

    func get(_ path: String) async throws -> JSON {
        let response = try await client.execute(.init(method: "GET", url: configuration.url + path))
        guard response.status == 200 else { throw Unexpected(status: response.status) }
        return try JSON.parse(response.body)
    }

    /// A number in the state, for instance `state("wechat", "charges", "count")`.
    func state(_ path: String...) async throws -> Int64? { number(try await get("/_sandbox/state"), path) }

    func spoil(_ faults: String) async throws {
        let response = try await client.execute(
            .init(method: "POST", url: configuration.url + "/_sandbox/faults", body: Array(faults.utf8)))
        guard response.status == 200 else { throw Unexpected(status: response.status) }
    }

    private func number(_ json: JSON, _ path: [String]) -> Int64? {
        guard let name = path.first else { if case .integer(let number) = json { return number } else { return nil } }
        guard case .object(let members) = json, let member = members.first(where: { $0.name == name }) else { return nil }
        return number(member.value, Array(path.dropFirst()))
    }

    struct Unexpected: Error { let status: Int }

    // MARK: - Our adapters

    func weChat() throws -> WeChatPay {
        let signer = try RSASigner(pem: try text(keys.merchantKeyFile))
        return WeChatPay(
            configuration: WeChatPayConfiguration(
                url: configuration.url + "/wechat", merchantID: keys.merchantNumber, appID: keys.applicationID, serial: keys.merchantSerial,
                signer: signer, platform: try platform(), notifyURL: ourURL + "/notify/wechat"), client: client)
    }

    func platform() throws -> WeChatPlatform {
        try WeChatPlatform(keys: [keys.platformSerial: try text(keys.platformKeyFile)])
    }

    func notifications() throws -> WeChatNotifications {
        WeChatNotifications(platform: try platform(), key: try WeChatResourceKey(keys.apiKey), merchantID: keys.merchantNumber)
    }

    func kuaidi100(key: String? = nil, customer: String? = nil) -> Kuaidi100 {
        Kuaidi100(
            configuration: Kuaidi100Configuration(
                url: configuration.url + "/kuaidi100", customer: customer ?? keys.courierCustomer, key: key ?? keys.courierKey,
                salt: keys.courierSalt, callbackURL: ourURL + "/notify/kuaidi100?shipment=1"), client: client)
    }

    func sms(secret: String? = nil) -> AliyunSMS {
        AliyunSMS(
            configuration: AliyunSMSConfiguration(
                url: configuration.url + "/aliyun/", accessKeyID: keys.accessKeyID, accessKeySecret: secret ?? keys.accessKeySecret,
                signName: keys.signName), client: client)
    }

    private func text(_ path: String) throws -> String { String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self) }
}

extension SandboxDelays {
    /// Everything within a fraction of a second.
    static var quick: SandboxDelays {
        SandboxDelays(
            payment: .milliseconds(50), lateness: .milliseconds(50), refund: .milliseconds(50),
            notifications: Array(repeating: .milliseconds(100), count: 15), shipping: .milliseconds(50),
            reports: [.milliseconds(100)], scan: .milliseconds(100), pushes: Array(repeating: .milliseconds(100), count: 3),
            deadline: .seconds(2))
    }
}

import Crypto
import FoundationEssentials
import JSON
import Synchronization

/// Aliyun's SMS service: `SendSms`.
final class AliyunSMS: Party {
    let log: Mutex<MessageLog>
    private let signature: ACS3
    private let signName: String
    private let journal: Journal
    private let salt = SymmetricKey(size: .bits256)
    private let tally = Mutex(Tally())

    private struct Tally: Sendable {
        var invalidSignatures = 0
        var refused = 0
        var nonces: Set<String> = []
        var earlierNonces: Set<String> = []
    }

    /// How many nonces are remembered, twice: one generation and the one before.
    private static let nonceLimit = 200_000

    init(keys: SandboxKeys, log: MessageLog, journal: Journal) {
        signature = ACS3(accessKeyID: keys.accessKeyID, secret: keys.accessKeySecret)
        signName = keys.signName
        self.log = Mutex(log)
        self.journal = journal
    }

    func answer(_ call: Call) -> Reply {
        do throws(ACS3.Refusal) {
            let nonce = try signature.verify(call)
            guard isFresh(nonce) else {
                throw ACS3.Refusal(status: 400, code: "SignatureNonceUsed", message: "Specified signature nonce was used already.")
            }
            guard call.headers["x-acs-action"] == "SendSms", call.headers["x-acs-version"] == "2017-05-25" else {
                throw ACS3.Refusal(
                    status: 404, code: "InvalidAction.NotFound", message: "Specified api is not found, please check your url and method.")
            }
        } catch {
            tally.withLock { $0.invalidSignatures += 1 }
            return Self.gateway(error, call)
        }
        let fields = Form(call.query).fields + Form(call.body).fields
        return send { name in fields.first { $0.name == name }?.value }
    }

    func trouble(_ trouble: Trouble) -> Reply {
        switch trouble {
        case .broken: Self.failure(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.")
        case .busy: Self.failure(429, "Throttling.User", "Request was denied due to user flow control.")
        }
    }

    func report(_ json: inout JSONWriter) {
        let (invalid, refused) = tally.withLock { ($0.invalidSignatures, $0.refused) }
        json.member("invalid_signatures", invalid)
        json.member("refused", refused)
        log.withLock { log in
            json.member("messages", log.count)
            json.member("doubles", log.doubles)
            json.member("phones", log.phones)
            json.object("templates") { json in
                for (template, count) in log.templates.sorted(by: { $0.key < $1.key }) {
                    json.name(template)
                    json.value(count)
                }
            }
        }
    }

    /// What was received by `OutId`: all that is remembered, or one.
    func messages(_ outID: String?) -> Reply {
        let entries = log.withLock { $0.entries(outID) }
        return .json { json in
            json.array("messages", of: entries) { json, entry in
                json.object { json in
                    json.member("out_id", entry.outID)
                    json.member("template", entry.template)
                    json.member("count", entry.count)
                }
            }
        }
    }

    private func isFresh(_ nonce: String) -> Bool {
        tally.withLock { tally in
            guard !tally.earlierNonces.contains(nonce), tally.nonces.insert(nonce).inserted else { return false }
            if tally.nonces.count >= Self.nonceLimit {
                tally.earlierNonces = tally.nonces
                tally.nonces = []
            }
            return true
        }
    }

    // MARK: - SendSms

    private func send(_ field: (String) -> String?) -> Reply {
        guard let phone = field("PhoneNumbers"), Self.isMainland(phone) else { return refuse("isv.MOBILE_NUMBER_ILLEGAL", "号码格式不正确") }
        guard field("SignName") == signName else { return refuse("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法") }
        guard let template = field("TemplateCode"), template.hasPrefix("SMS_"), template.utf8.count <= 64 else {
            return refuse("isv.SMS_TEMPLATE_ILLEGAL", "短信模版不合法")
        }
        if let param = field("TemplateParam"), !param.isEmpty {
            guard let json = try? JSON.parse(Array(param.utf8)), case .object = json else {
                return refuse("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值")
            }
        }
        let outID = field("OutId").flatMap { $0.isEmpty ? nil : $0 }
        let behaviour = PhoneBehaviour(phone: phone)
        if behaviour == .refused { return refuse("isv.MOBILE_NUMBER_ILLEGAL", "非法手机号") }
        if behaviour != .plain, let outID, log.withLock({ $0.isFirstTry(outID) }) {
            return behaviour == .tooOften ? refuse("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1") : refuse("isp.SYSTEM_ERROR", "系统错误")
        }
        let hash = HMAC<SHA256>.authenticationCode(for: Array(phone.utf8), using: salt).prefix(8).hexadecimal
        let number = log.withLock { log in
            if let outID { journal.sent(outID, template: template) }
            return log.take(outID: outID, template: template, phone: hash)
        }
        return .json { json in
            json.member("Message", "OK")
            json.member("RequestId", Self.requestID())
            json.member("BizId", "\(Int64(Date().timeIntervalSince1970 * 1_000))\(number)^0")
            json.member("Code", "OK")
        }
    }

    private func refuse(_ code: String, _ message: String) -> Reply {
        tally.withLock { $0.refused += 1 }
        return Self.failure(200, code, message)
    }

    /// A mobile number of mainland China, with or without the country's code.
    private static func isMainland(_ phone: String) -> Bool {
        var digits = Substring(phone)
        for prefix in ["+86", "0086", "86"] where digits.hasPrefix(prefix) && digits.utf8.count > 11 {
            digits = digits.dropFirst(prefix.count)
            break
        }
        return digits.utf8.count == 11 && digits.first == "1"
            && digits.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    private static func gateway(_ refusal: ACS3.Refusal, _ call: Call) -> Reply {
        .json(refusal.status) { json in
            json.member("RequestId", requestID())
            json.member("HostId", call.headers["host"] ?? "")
            json.member("Code", refusal.code)
            json.member("Message", refusal.message)
            json.member("Recommend", "https://api.aliyun.com/troubleshoot?q=\(refusal.code)")
        }
    }

    private static func failure(_ status: Int, _ code: String, _ message: String) -> Reply {
        .json(status) { json in
            json.member("Message", message)
            json.member("RequestId", requestID())
            json.member("Code", code)
        }
    }

    private static func requestID() -> String { UUID().uuidString }
}

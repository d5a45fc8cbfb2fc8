internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
internal import JSON

/// Every key that we and the outside world share, made when the sandbox starts for the first time and kept in its directory.
///
/// Real providers hand these out; nothing of them stands in the repository.
public struct SandboxKeys: Sendable {
    /// Our merchant number and application at WeChat Pay.
    public let merchantNumber: String
    public let applicationID: String
    /// The serial number of our certificate, 40 hexadecimal digits.
    public let merchantSerial: String
    /// The file with our private RSA key (PEM), with which requests are signed.
    public let merchantKeyFile: String
    /// The 32 characters with which notifications are encrypted.
    public let apiKey: String
    /// The name and the file (PEM) of WeChat Pay's public key, with which its answers and notifications are verified.
    public let platformSerial: String
    public let platformKeyFile: String
    /// Kuaidi100's key, our customer number there, and the salt of its pushes.
    public let courierKey: String
    public let courierCustomer: String
    public let courierSalt: String
    /// Our access key at Aliyun, and the signature our messages carry.
    public let accessKeyID: String
    public let accessKeySecret: String
    public let signName: String
    /// What webhooks to the merchants and to the storefronts are signed with: `whsec_…`.
    public let merchantWebhookSecret: String
    public let storefrontWebhookSecret: String

    let merchantKey: String
    let platformKey: String

    /// Reads the keys of a directory, or makes them where there are none. Two processes that start at once get the same.
    /// - Throws: ``SandboxError`` when the directory can't be written or what is in it can't be read.
    public static func load(directory: String) throws(SandboxError) -> SandboxKeys {
        try PrivateFile.makeDirectory(directory)
        let path = directory + "/keys.json"
        if let bytes = PrivateFile.read(path) { return try SandboxKeys(bytes, directory: directory) }
        let made = try generate()
        guard try PrivateFile.create(path, made) else {
            guard let bytes = PrivateFile.read(path) else { throw SandboxError("\(path) can't be read: check who owns it") }
            return try SandboxKeys(bytes, directory: directory)
        }
        return try SandboxKeys(made, directory: directory)
    }

    /// The environment with which the intake and the workers reach the sandbox, in the order `sluice config` lists it.
    /// - Parameter url: where the sandbox is reached, without a slash at the end (``SandboxConfiguration/url``).
    public func environment(url: String) -> [(name: String, value: String)] {
        [
            ("SLUICE_WECHAT_URL", url + "/wechat"), ("SLUICE_WECHAT_MCHID", merchantNumber), ("SLUICE_WECHAT_APPID", applicationID),
            ("SLUICE_WECHAT_SERIAL", merchantSerial), ("SLUICE_WECHAT_PRIVATE_KEY_FILE", merchantKeyFile),
            ("SLUICE_WECHAT_APIV3_KEY", apiKey), ("SLUICE_WECHAT_PLATFORM_KEY_FILE", platformKeyFile),
            ("SLUICE_WECHAT_PLATFORM_SERIAL", platformSerial), ("SLUICE_KUAIDI100_URL", url + "/kuaidi100"),
            ("SLUICE_KUAIDI100_KEY", courierKey), ("SLUICE_KUAIDI100_CUSTOMER", courierCustomer),
            ("SLUICE_KUAIDI100_SALT", courierSalt), ("SLUICE_SMS_URL", url + "/aliyun/"), ("SLUICE_SMS_ACCESS_KEY_ID", accessKeyID),
            ("SLUICE_SMS_ACCESS_KEY_SECRET", accessKeySecret), ("SLUICE_SMS_SIGN_NAME", signName),
        ]
    }

    /// The public half of our key (PEM), which WeChat Pay holds.
    func merchantPublicKey() throws -> String {
        try _RSA.Signing.PrivateKey(pemRepresentation: merchantKey).publicKey.pemRepresentation
    }

    private init(_ bytes: [UInt8], directory: String) throws(SandboxError) {
        do throws(JSONError) {
            var json = try JSONObject(parsing: bytes)
            merchantNumber = try json.string("mchid")
            applicationID = try json.string("appid")
            merchantSerial = try json.string("merchant_serial")
            apiKey = try json.string("apiv3_key")
            platformSerial = try json.string("platform_serial")
            courierKey = try json.string("kuaidi100_key")
            courierCustomer = try json.string("kuaidi100_customer")
            courierSalt = try json.string("kuaidi100_salt")
            accessKeyID = try json.string("sms_access_key_id")
            accessKeySecret = try json.string("sms_access_key_secret")
            signName = try json.string("sms_sign_name")
            merchantWebhookSecret = try json.string("merchant_webhook_secret")
            storefrontWebhookSecret = try json.string("storefront_webhook_secret")
            merchantKey = try json.string("merchant_private_key")
            platformKey = try json.string("platform_private_key")
        } catch {
            throw SandboxError("\(directory)/keys.json: \(error): remove it to have new keys made")
        }
        merchantKeyFile = directory + "/wechat-merchant.pem"
        platformKeyFile = directory + "/wechat-platform.pub.pem"
        let publicKey: String
        do {
            publicKey = try _RSA.Signing.PrivateKey(pemRepresentation: platformKey).publicKey.pemRepresentation
        } catch {
            throw SandboxError("\(directory)/keys.json: /platform_private_key is no RSA key: remove the file to have new keys made")
        }
        try PrivateFile.replace(merchantKeyFile, Array(merchantKey.utf8))
        try PrivateFile.replace(platformKeyFile, Array(publicKey.utf8))
    }

    private static func generate() throws(SandboxError) -> [UInt8] {
        let merchant: String
        let platform: String
        do {
            merchant = try _RSA.Signing.PrivateKey(keySize: .bits2048).pkcs8PEMRepresentation
            platform = try _RSA.Signing.PrivateKey(keySize: .bits2048).pkcs8PEMRepresentation
        } catch {
            throw SandboxError("an RSA key can't be made: \(error)")
        }
        return JSONWriter.object { json in
            json.member("mchid", "19" + random(8, from: "0123456789"))
            json.member("appid", "wx" + random(16, from: "0123456789abcdef"))
            json.member("merchant_serial", random(40, from: "0123456789ABCDEF"))
            json.member("apiv3_key", random(32))
            json.member("platform_serial", "PUB_KEY_ID_01" + random(28, from: "0123456789"))
            json.member("kuaidi100_key", random(12))
            json.member("kuaidi100_customer", random(32, from: "0123456789ABCDEF"))
            json.member("kuaidi100_salt", random(16))
            json.member("sms_access_key_id", "LTAI" + random(20))
            json.member("sms_access_key_secret", random(30))
            json.member("sms_sign_name", "Sluice")
            json.member("merchant_webhook_secret", webhookSecret())
            json.member("storefront_webhook_secret", webhookSecret())
            json.member("merchant_private_key", merchant)
            json.member("platform_private_key", platform)
        }
    }

    private static func random(
        _ count: Int, from alphabet: String = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    ) -> String {
        let characters = Array(alphabet.utf8)
        return String(decoding: (0..<count).map { _ in characters[Int.random(in: 0..<characters.count)] }, as: UTF8.self)
    }

    private static func webhookSecret() -> String {
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255) }
        return "whsec_" + Data(bytes).base64EncodedString()
    }
}

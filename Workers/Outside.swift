internal import Foundation
public import HTTPClient
public import Providers

/// The outside parties as the configuration names them; nil where none of a party's keys is set, which then is not used.
public struct Outside: Sendable {
    public let weChatPay: WeChatPay?
    public let kuaidi100: Kuaidi100?
    public let sms: AliyunSMS?

    /// Where WeChat Pay notifies us of payments, below the public URL.
    public static let weChatPath = "/webhooks/wechat"
    /// Where Kuaidi100 pushes parcels to, below the public URL.
    public static let kuaidi100Path = "/webhooks/kuaidi100"

    /// - Throws: ``ConfigurationError`` where a party is configured in part: it names what is missing.
    public init(configuration: Configuration, client: HTTPClient) throws {
        weChatPay =
            configuration.value(.weChatMerchant) == nil
            ? nil
            : WeChatPay(
                configuration: WeChatPayConfiguration(
                    url: try configuration.require(.weChatURL), merchantID: try configuration.require(.weChatMerchant),
                    appID: try configuration.require(.weChatApp), serial: try configuration.require(.weChatSerial),
                    signer: try RSASigner(pem: try Self.text(of: configuration.require(.weChatPrivateKeyFile))),
                    platform: try Self.weChatPlatform(configuration),
                    notifyURL: try configuration.require(.publicURL) + Self.weChatPath),
                client: client)
        kuaidi100 =
            configuration.value(.kuaidi100Key) == nil
            ? nil
            : Kuaidi100(
                configuration: Kuaidi100Configuration(
                    url: try configuration.require(.kuaidi100URL), customer: try configuration.require(.kuaidi100Customer),
                    key: try configuration.require(.kuaidi100Key), salt: try configuration.require(.kuaidi100Salt),
                    callbackURL: try configuration.require(.publicURL) + Self.kuaidi100Path),
                client: client)
        sms =
            configuration.value(.smsAccessKeyID) == nil
            ? nil
            : AliyunSMS(
                configuration: AliyunSMSConfiguration(
                    url: try configuration.require(.smsURL), accessKeyID: try configuration.require(.smsAccessKeyID),
                    accessKeySecret: try configuration.require(.smsAccessKeySecret), signName: try configuration.require(.smsSignName)),
                client: client)
    }

    /// WeChat Pay's keys, by which its answers and notifications are believed.
    public static func weChatPlatform(_ configuration: Configuration) throws -> WeChatPlatform {
        let serial = try configuration.require(.weChatPlatformSerial)
        return try WeChatPlatform(keys: [serial: try text(of: configuration.require(.weChatPlatformKeyFile))])
    }

    private static func text(of file: String) throws -> String {
        do {
            return try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw ConfigurationError(problems: ["the file \(file) can't be read: \(error.localizedDescription)"])
        }
    }
}

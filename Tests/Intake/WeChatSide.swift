import Commerce
import Foundation
import JSON
import Providers

/// WeChat Pay, as far as it notifies us.
struct WeChatSide: Sendable {
    let signer: RSASigner
    let key: WeChatResourceKey
    let serial = "PUB_KEY_ID_0119000001"
    let merchantID = "1900000109"
    let notifications: WeChatNotifications

    init() throws {
        signer = RSASigner.generate()
        key = try WeChatResourceKey("0123456789abcdef0123456789abcdef")
        notifications = WeChatNotifications(
            platform: try WeChatPlatform(keys: [serial: signer.publicKeyPEM]), key: key, merchantID: merchantID)
    }

    /// The body of a notification that an order is paid.
    func paid(_ order: UUID, id: String = "EV-1", amount: Int64 = 6000, at: Date = Date()) throws -> [UInt8] {
        let transaction = JSONWriter.object { json in
            json.member("mchid", merchantID)
            json.member("out_trade_no", order.text.replacingOccurrences(of: "-", with: ""))
            json.member("transaction_id", "4200000001")
            json.member("trade_state", "SUCCESS")
            json.member("success_time", Self.beijing(at))
            json.object("amount") { json in
                json.member("total", amount)
                json.member("currency", "CNY")
            }
        }
        let sealed = try key.seal(transaction, nonce: "nonce1234567", associatedData: "transaction")
        return JSONWriter.object { json in
            json.member("id", id)
            json.member("create_time", Self.beijing(at))
            json.member("event_type", "TRANSACTION.SUCCESS")
            json.member("resource_type", "encrypt-resource")
            json.object("resource") { json in
                json.member("original_type", "transaction")
                json.member("algorithm", "AEAD_AES_256_GCM")
                json.member("ciphertext", sealed)
                json.member("associated_data", "transaction")
                json.member("nonce", "nonce1234567")
            }
        }
    }

    /// The headers that make a body believed.
    func headers(_ body: [UInt8], at: Date = Date(), by other: RSASigner? = nil) -> [(name: String, value: String)] {
        let time = String(Int64(at.timeIntervalSince1970))
        let message = WeChatPaySignature.responseMessage(timestamp: time, nonce: "n0nce", body: body)
        return [
            ("Content-Type", "application/json"), ("Wechatpay-Timestamp", time), ("Wechatpay-Nonce", "n0nce"),
            ("Wechatpay-Serial", serial), ("Wechatpay-Signature", (other ?? signer).sign(message)),
        ]
    }

    private static func beijing(_ date: Date) -> String {
        let formatter = ISO8601DateFormatter()
        formatter.timeZone = TimeZone(secondsFromGMT: 8 * 3_600)
        return formatter.string(from: date)
    }
}

public import FoundationEssentials
internal import JSON

/// Something that WeChat Pay tells of its own accord. It may tell it more than once and in any order.
public struct WeChatNotification: Sendable, Equatable {
    public enum Content: Sendable, Equatable {
        case transaction(WeChatTransaction)
        case refund(WeChatRefund)
        /// Another kind of event, by its type: to be answered with success and left alone.
        case other(String)
    }

    /// The notification's own id; a repeat has the same.
    public var id: String
    public var content: Content

    public init(id: String, content: Content) {
        self.id = id
        self.content = content
    }
}

/// Believes and opens WeChat Pay's notifications. Needs none of the merchant's private key.
public struct WeChatNotifications: Sendable {
    private let platform: WeChatPlatform
    private let key: WeChatResourceKey
    private let merchantID: String

    public init(platform: WeChatPlatform, key: WeChatResourceKey, merchantID: String) {
        self.platform = platform
        self.key = key
        self.merchantID = merchantID
    }

    /// Verifies the signature over the raw bytes, then opens the resource.
    /// - Parameter header: the value of a header by name, in any case; nil where absent.
    /// - Throws: why it is not believed. Answer anything thrown with a 4xx status.
    public func open(header: (String) -> String?, body: [UInt8], now: Date) throws(VerificationError) -> WeChatNotification {
        try platform.verify(header: header, body: body, now: now)
        do throws(JSONError) {
            var notification = try JSONObject(parsing: body)
            let id = try notification.string("id", 1...64)
            let event = try notification.string("event_type", 1...64)
            guard event.hasPrefix("TRANSACTION.") || event.hasPrefix("REFUND.") else {
                return WeChatNotification(id: id, content: .other(event))
            }
            var resource = try notification.object("resource")
            let algorithm = try resource.string("algorithm")
            guard algorithm == "AEAD_AES_256_GCM" else {
                throw JSONError(pointer: "/resource/algorithm", problem: "AEAD_AES_256_GCM was expected")
            }
            let sealed = try (
                resource.string("ciphertext", 1...1_048_576), resource.string("nonce", 1...64), resource.optionalString("associated_data")
            )
            return WeChatNotification(id: id, content: try content(event, sealed))
        } catch {
            throw VerificationError(.unreadable, error.description)
        }
    }

    private func content(_ event: String, _ sealed: (String, String, String?)) throws(JSONError) -> WeChatNotification.Content {
        let text: [UInt8]
        do throws(VerificationError) {
            text = try key.open(ciphertext: sealed.0, nonce: sealed.1, associatedData: sealed.2 ?? "")
        } catch {
            throw JSONError(pointer: "/resource", problem: error.message)
        }
        var object = try JSONObject(parsing: text)
        let merchant = try object.string("mchid", 1...32)
        guard merchant == merchantID else { throw JSONError(pointer: "/resource", problem: "it is meant for another merchant") }
        return event.hasPrefix("REFUND.")
            ? .refund(try WeChatRefund(json: &object, stateName: "refund_status")) : .transaction(try WeChatTransaction(json: &object))
    }
}

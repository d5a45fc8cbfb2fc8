internal import Crypto
public import FoundationEssentials
internal import JSON

/// How ids are made that follow from what they stand for, so that whoever makes one again makes the same.
public enum OrderID {
    /// An order's id: the UUIDv5 (RFC 9562, 5.5) of its storefront and the idempotency key it was submitted with.
    public static func make(storefront: UUID, key: String) -> UUID {
        version5(namespace: storefront, name: key)
    }

    /// The id of the fulfillment order by which a merchant ships its part of an order.
    public static func fulfillment(order: UUID, merchant: UUID) -> UUID {
        version5(namespace: order, name: merchant.text)
    }

    /// The id of the refund that an order gets for a reason: the provider is asked with it, so that asking twice pays once.
    public static func refund(order: UUID, reason: RefundReason) -> UUID {
        version5(namespace: order, name: "refund:\(reason.rawValue)")
    }

    /// The id of the refund that follows from a message: whoever handles it again asks for the same one.
    public static func refund(message: UUID) -> UUID {
        version5(namespace: message, name: "refund")
    }

    /// The id of the movement by which stock is let go once: for an order as a whole, or for a message that cancels some of it.
    public static func release(for id: UUID) -> UUID {
        version5(namespace: id, name: "release")
    }

    /// A UUID from the SHA-1 of a namespace and a name.
    static func version5(namespace: UUID, name: String) -> UUID {
        var hash = Insecure.SHA1()
        withUnsafeBytes(of: namespace.uuid) { hash.update(bufferPointer: $0) }
        var name = name
        name.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        hash.finalize().withUnsafeBytes { digest in
            withUnsafeMutableBytes(of: &bytes) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: digest[..<16])) }
        }
        bytes.6 = bytes.6 & 0x0F | 0x50
        bytes.8 = bytes.8 & 0x3F | 0x80
        return UUID(uuid: bytes)
    }
}

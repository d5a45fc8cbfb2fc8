internal import Crypto
public import FoundationEssentials

/// Ids of messages: UUIDs of version 8 (RFC 9562) whose first 48 bits are the time at which their story began, in ms since 1970.
///
/// A story is what one event from outside sets going: an order submitted, a webhook. All its messages share the time, and
/// the rest is a hash of the parent's id, the type and the position among its siblings. So a step that is done twice causes
/// messages with the same ids, a story's rows lie side by side in the journal, and the id alone tells the partition.
public enum MessageID {
    /// The id of a message that comes from outside. The same time and seed give the same id.
    /// - Parameter seed: what makes it the same event, for instance the order's id or a webhook's own id.
    public static func root(at time: Date, seed: String) -> UUID {
        var hash = SHA256()
        hash.update(data: Array(seed.utf8))
        return make(milliseconds: UInt64(max(0, time.timeIntervalSince1970 * 1000)), hash.finalize())
    }

    /// The id of a message that another one caused.
    /// - Parameter index: its position among the messages that `parent` caused in one worker.
    public static func child(of parent: UUID, type: String, index: Int) -> UUID {
        var hash = SHA256()
        withUnsafeBytes(of: parent.uuid) { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: index).littleEndian) { hash.update(bufferPointer: $0) }
        var type = type
        type.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return make(milliseconds: milliseconds(of: parent), hash.finalize())
    }

    /// When the story of a message began.
    public static func beginning(of id: UUID) -> Date {
        Date(timeIntervalSince1970: Double(milliseconds(of: id)) / 1000)
    }

    /// The least id of the stories that began at `time` or later: a bound for a partition or a range.
    public static func bound(_ time: Date) -> UUID {
        var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        write(UInt64(max(0, time.timeIntervalSince1970 * 1000)), into: &bytes)
        return UUID(uuid: bytes)
    }

    private static func milliseconds(of id: UUID) -> UInt64 {
        withUnsafeBytes(of: id.uuid) { bytes in bytes.prefix(6).reduce(0) { $0 << 8 | UInt64($1) } }
    }

    private static func make(milliseconds: UInt64, _ digest: SHA256.Digest) -> UUID {
        var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &bytes) { bytes in
            digest.withUnsafeBytes { hash in
                for index in 6..<16 { bytes[index] = hash[index] }
            }
            bytes[6] = bytes[6] & 0x0F | 0x80
            bytes[8] = bytes[8] & 0x3F | 0x80
        }
        write(milliseconds, into: &bytes)
        return UUID(uuid: bytes)
    }

    private static func write(_ milliseconds: UInt64, into bytes: inout uuid_t) {
        withUnsafeMutableBytes(of: &bytes) { bytes in
            for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> UInt64(40 - 8 * index)) }
        }
    }
}

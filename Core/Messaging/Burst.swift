internal import CRabbitMQ
internal import Glibc

/// Publishes as frames in memory, to be written to the socket in one call.
///
/// `amqp_basic_publish` writes each of a message's three frames with a system call of its own, which is more than half of what a publish costs.
/// Here librabbitmq encodes and this writes. Frames go out whole before anything else is written, as librabbitmq may send a heartbeat at
/// any time; and only where the socket is librabbitmq's plain one, for with TLS it alone can write.
final class Burst {
    /// Small enough for a socket's buffer, large enough that the call no longer matters.
    private static let capacity = 256 * 1024
    /// The largest body taken: it must fit a frame, and what is much larger gains nothing.
    let largestBody: Int
    /// More than the three frames of such a message take beside its body and texts.
    private static let overhead = 4096

    private let bytes = UnsafeMutableRawPointer.allocate(byteCount: Burst.capacity, alignment: 16)
    private var used = 0

    /// - Parameter frame: the largest frame the broker takes, in bytes.
    init(frame: Int) { largestBody = max(0, min(frame - 8, 64 * 1024)) }

    deinit { bytes.deallocate() }

    /// Whether another message fits, whose body and texts have so many bytes.
    func hasRoom(for size: Int) -> Bool { Burst.capacity - used >= size + Burst.overhead }

    /// Adds a message. Returns librabbitmq's status.
    func append(
        _ method: inout amqp_basic_publish_t, _ properties: inout amqp_basic_properties_t, _ body: UnsafeRawBufferPointer, channel: UInt16
    ) -> Int32 {
        let start = used
        var status = frame(AMQP_FRAME_METHOD, channel) { place in
            place.store(AMQP_BASIC_PUBLISH_METHOD)
            return place.encode { amqp_encode_method(AMQP_BASIC_PUBLISH_METHOD, &method, $0) }
        }
        guard status >= 0 else { return undo(to: start, status) }
        status = frame(AMQP_FRAME_HEADER, channel) { place in
            place.store(UInt16(AMQP_BASIC_CLASS))
            place.store(UInt16(0))
            place.store(UInt64(body.count))
            return place.encode { amqp_encode_properties(UInt16(AMQP_BASIC_CLASS), &properties, $0) }
        }
        guard status >= 0 else { return undo(to: start, status) }
        guard let base = body.baseAddress, body.count > 0 else { return AMQP_STATUS_OK.rawValue }
        status = frame(AMQP_FRAME_BODY, channel) { place in
            place.copy(base, body.count)
            return AMQP_STATUS_OK.rawValue
        }
        return status
    }

    /// Writes what was added. May wait for the socket; the call guard ends that. Returns librabbitmq's status.
    func flush(to descriptor: Int32) -> Int32 {
        defer { used = 0 }
        var sent = 0
        while sent < used {
            let count = Glibc.send(descriptor, bytes + sent, used - sent, Int32(MSG_NOSIGNAL))
            if count > 0 {
                sent += count
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                var socket = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&socket, 1, 1000)
            } else if errno != EINTR {
                return AMQP_STATUS_SOCKET_ERROR.rawValue
            }
        }
        return AMQP_STATUS_OK.rawValue
    }

    private func undo(to start: Int, _ status: Int32) -> Int32 {
        used = start
        return status
    }

    /// A frame: type, channel, size, payload, end. Returns a negative status if the payload could not be made.
    private func frame(_ type: Int32, _ channel: UInt16, _ payload: (inout Place) -> Int32) -> Int32 {
        var place = Place(cursor: bytes + used, end: bytes + Burst.capacity)
        place.store(UInt8(type))
        place.store(channel)
        let size = place
        place.store(UInt32(0))
        let start = place.cursor
        let status = payload(&place)
        guard status >= 0 else { return status }
        var patched = size
        patched.store(UInt32(place.cursor - start))
        place.store(UInt8(AMQP_FRAME_END))
        used = place.cursor - bytes
        return AMQP_STATUS_OK.rawValue
    }

    /// Where the next byte goes. Numbers are in network order.
    private struct Place {
        private(set) var cursor: UnsafeMutableRawPointer
        let end: UnsafeMutableRawPointer

        init(cursor: UnsafeMutableRawPointer, end: UnsafeMutableRawPointer) {
            self.cursor = cursor
            self.end = end
        }

        mutating func store(_ number: some FixedWidthInteger) {
            cursor.storeBytes(of: number.bigEndian, as: type(of: number))
            cursor += number.bitWidth / 8
        }

        mutating func copy(_ source: UnsafeRawPointer, _ count: Int) {
            cursor.copyMemory(from: source, byteCount: count)
            cursor += count
        }

        /// Lets librabbitmq write; it returns how much that was, or a negative status.
        mutating func encode(_ body: (amqp_bytes_t) -> Int32) -> Int32 {
            let written = body(amqp_bytes_t(len: end - cursor - 1, bytes: cursor))
            if written > 0 { cursor += Int(written) }
            return written
        }
    }
}

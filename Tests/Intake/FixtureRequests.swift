import Commerce
import Database
import Foundation
import HTTPClient
import JSON
import Messaging
import Support
import Work

extension Fixture {
    /// Sends a request.
    func send(
        _ method: String, _ path: String, key: String? = nil, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) async throws -> HTTPResponse {
        var all = headers
        if let key { all.append((name: "Authorization", value: "Bearer \(key)")) }
        return try await client.execute(HTTPRequest(method: method, url: "http://127.0.0.1:\(port)\(path)", headers: all, body: body))
    }

    /// Submits an order.
    func submit(_ body: String? = nil, key: String? = nil, idempotencyKey: String = UUID().uuidString) async throws -> HTTPResponse {
        try await send(
            "POST", "/v1/orders", key: key ?? keys.storefront,
            headers: [(name: "Content-Type", value: "application/json"), (name: "Idempotency-Key", value: idempotencyKey)],
            body: Array((body ?? OrderText.make(merchant: merchant)).utf8))
    }

    /// What is in a queue, taken out.
    func drain(_ queue: String, count: Int) async throws -> [Envelope] {
        let subscription = broker.subscribe(to: queue, prefetch: 100)
        var envelopes: [Envelope] = []
        while envelopes.count < count {
            let deliveries = await subscription.next(limit: count - envelopes.count, linger: .milliseconds(10))
            envelopes += try deliveries.map { try Envelope($0) }
            await subscription.acknowledge(deliveries)
        }
        await subscription.stop()
        return envelopes
    }

    func depth(_ queue: String) async throws -> Int { try await broker.depth(of: queue).messages }

    /// The messages kept for the broker in the database: id and order.
    func spooled() async throws -> [(id: UUID, type: String, order: UUID?)] {
        try await database.query("select id, type, order_id from timers order by due_at").map {
            (try $0.uuid(0), try $0.text(1), try $0.optionalUUID(2))
        }
    }

    /// The intake's own words on how it stands.
    func mode() async throws -> String? { try await send("GET", "/readyz").member("mode") }
}

/// An order as a storefront writes it.
enum OrderText {
    static func make(merchant: UUID) -> String {
        """
        {"currency":"CNY","method":"wechat","locale":"zh",
         "buyer":{"ref":"u-1","name":"王小明","phone":"138 0013 8000",
                  "address":{"region":"浙江省杭州市","detail":"文三路 478 号","postcode":"310012"}},
         "lines":[{"merchant":"\(merchant.uuidString.lowercased())","sku":"TEA-1","quantity":2,"unit_price":1250,"title":"龙井"},
                  {"merchant":"\(merchant.uuidString.lowercased())","sku":"CUP-1","quantity":1,"unit_price":3000}],
         "freight":800,"discount":300,"total":6000}
        """
    }
}

/// What goes over the wire when nobody minds what HTTP allows.
enum RawHTTP {
    /// Sends bytes, closes the sending side and reads until the other one closes. Nil where it does not within 5 s.
    static func exchange(_ bytes: [UInt8], port: Int) async -> String? {
        await withCheckedContinuation { (continuation: CheckedContinuation<String?, Never>) in
            Thread {
                var answer: [UInt8] = []
                let isWhole = read(bytes, port: port, isHalfClosed: true) { piece in
                    answer += piece
                    return true
                }
                continuation.resume(returning: isWhole || !answer.isEmpty ? String(decoding: answer, as: UTF8.self) : nil)
            }.start()
        }
    }

    /// Sends bytes and reads until the other side closes, `take` returns false or nothing comes for 5 s (20 s where the sending side
    /// stays open). Returns whether the other side closed.
    @discardableResult
    static func read(_ bytes: [UInt8], port: Int, isHalfClosed: Bool = false, _ take: ([UInt8]) -> Bool) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return false }
        var limit = timeval(tv_sec: isHalfClosed ? 5 : 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        if isHalfClosed { shutdown(descriptor, Int32(SHUT_WR)) }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN { return false }
            guard count > 0 else { return true }
            guard take(Array(buffer[..<count])) else { return false }
        }
    }
}

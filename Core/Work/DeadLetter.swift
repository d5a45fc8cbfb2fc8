internal import Crypto
internal import Database
internal import FoundationEssentials
internal import JSON
internal import Messaging

/// A message that no worker could do, as it is filed.
struct DeadLetter: Sendable {
    let queue: String
    let id: UUID
    let type: String?
    let order: UUID?
    let cause: UUID?
    let reason: String
    let attempt: Int
    let headers: [UInt8]
    let body: [UInt8]

    init(_ delivery: Delivery, queue: String) {
        let envelope = try? Envelope(delivery)
        self.queue = queue
        id = envelope?.id ?? MessageID.root(at: Date(timeIntervalSince1970: 0), seed: "\(queue) \(SHA256.hash(data: delivery.body))")
        type = envelope?.type ?? delivery.properties.type
        order = envelope?.order
        cause = envelope?.cause
        attempt = envelope?.attempt ?? 1
        body = delivery.body
        reason = delivery.properties.headers.first { $0.name == "reason" }.flatMap { $0.value.text } ?? Self.brokersReason(delivery)
        headers = JSONWriter.object { json in
            for header in delivery.properties.headers {
                guard let text = header.value.text else { continue }
                json.name(header.name)
                json.value(text)
            }
        }
    }

    /// What the broker dead-lettered by itself carries no reason of ours.
    private static func brokersReason(_ delivery: Delivery) -> String {
        let first = delivery.properties.headers.first { $0.name == "x-first-death-reason" }?.value.text ?? "unknown"
        return first == "delivery_limit"
            ? "delivered too often: it ended the process that handled it, or was never finished" : "the broker's: \(first)"
    }

    /// What messages that failed alike have in common: type, worker and reason without digits, ids and quoted parts.
    var fingerprint: String {
        var plain = ""
        var isQuoted = false
        for character in reason {
            if character == "\"" || character == "'" { isQuoted.toggle() }
            if isQuoted || character.isHexDigit && !character.isLetter || character == "-" { continue }
            plain.append(character)
        }
        let hash = SHA256.hash(data: Array("\(queue) \(type ?? "") \(plain)".utf8))
        let digits = Array("0123456789abcdef")
        return String(hash.prefix(8).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Files letters; one that is there already comes back to life with what is known of it now.
    static func insert(_ letters: [DeadLetter], at time: Date) -> Query {
        Query(
            """
            insert into dead_letters (queue, message_id, type, order_id, cause_id, reason, fingerprint, attempt, headers, body, first_at, last_at)
            select queue, message_id, type, order_id, cause_id, reason, fingerprint, attempt, convert_from(headers, 'UTF8'), body, $11, $11
            from unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::int8[], $9::bytea[], $10::bytea[])
                as letter (queue, message_id, type, order_id, cause_id, reason, fingerprint, attempt, headers, body)
            on conflict (queue, message_id) do update
                set reason = excluded.reason, fingerprint = excluded.fingerprint, attempt = excluded.attempt, headers = excluded.headers,
                    last_at = excluded.last_at, times = dead_letters.times + 1, state = 'open'
            """,
            .texts(letters.map(\.queue)), .uuids(letters.map(\.id)), .optionalTexts(letters.map(\.type)),
            .optionalUUIDs(letters.map(\.order)), .optionalUUIDs(letters.map(\.cause)), .texts(letters.map(\.reason)),
            .texts(letters.map(\.fingerprint)), .integers(letters.map { Int64(clamping: min($0.attempt, 32_767)) }),
            .byteStrings(letters.map(\.headers)), .byteStrings(letters.map(\.body)), .timestamp(time))
    }
}

extension HeaderValue {
    /// The value as text; nil for what a header of ours never holds.
    fileprivate var text: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bool(let flag): String(flag)
        default: nil
        }
    }
}

internal import Database
internal import FoundationEssentials
internal import JSON

/// One message, done: a row of the journal.
struct JournalEntry: Sendable {
    let envelope: Envelope
    let outcome: String
    let outputs: [Output]
}

/// A message that was caused, with its id.
struct Output: Sendable, Equatable {
    let id: UUID
    let type: String
    let order: UUID?
    let body: [UInt8]
    let due: Date?
}

/// The journal in SQL: inbox, outbox, audit trail and an order's history in one table. See migration 0001.
enum Journal {
    /// Which of the messages this worker has done already, with what they caused: columns message_id, outputs.
    static func lookup(_ ids: [UUID], worker: String) -> Query {
        Query("select message_id, outputs from journal where message_id = any($1) and worker = $2", .uuids(ids), .text(worker))
    }

    /// Writes a batch's rows. A row that is there already makes the transaction fail: another copy of the worker did it.
    static func insert(_ entries: [JournalEntry], worker: String, at time: Date, took: Duration) -> Query {
        let (seconds, attoseconds) = took.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        return Query(
            """
            insert into journal (message_id, worker, type, order_id, cause_id, attempt, outcome, at, took_us, body, outputs)
            select message_id, $1, type, order_id, cause_id, attempt, outcome, $2, $3, convert_from(body, 'UTF8'), convert_from(outputs, 'UTF8')
            from unnest($4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::int8[], $9::text[], $10::bytea[], $11::bytea[])
                as entry (message_id, type, order_id, cause_id, attempt, outcome, body, outputs)
            """,
            .text(worker), .timestamp(time), .integer(microseconds),
            .uuids(entries.map(\.envelope.id)), .texts(entries.map(\.envelope.type)),
            .optionalUUIDs(entries.map(\.envelope.order)), .optionalUUIDs(entries.map(\.envelope.cause)),
            .integers(entries.map { Int64($0.envelope.attempt) }), .texts(entries.map(\.outcome)),
            // What a journalled message caused stands in that one's outputs; only what came from outside keeps its body here.
            .optionalByteStrings(entries.map { $0.envelope.cause == nil ? $0.envelope.body : nil }),
            .optionalByteStrings(entries.map { $0.outputs.isEmpty ? nil : encode($0.outputs) }))
    }

    /// Writes the outputs as a JSON text, bodies as they are.
    static func encode(_ outputs: [Output]) -> [UInt8] {
        var json = JSONWriter(reserving: outputs.reduce(16) { $0 + $1.body.count + 160 })
        json.array { json in
            for output in outputs {
                json.object { json in
                    json.member("id", output.id)
                    json.member("type", output.type)
                    if let order = output.order { json.member("order", order) }
                    if let due = output.due { json.member("due_at_ms", Int64(due.timeIntervalSince1970 * 1000)) }
                    json.name("body")
                    json.raw(output.body)
                }
            }
        }
        return json.bytes
    }

    /// Reads outputs back.
    static func decode(_ text: [UInt8]) throws(JSONError) -> [Output] {
        guard case .array(let elements) = try JSON.parse(text, limits: JSON.Limits(depth: 64)) else {
            throw JSONError(pointer: "", problem: "an array of outputs was expected")
        }
        var outputs: [Output] = []
        for (index, element) in elements.enumerated() {
            var object = try JSONObject(element, at: "/\(index)")
            let due = try object.optionalInteger("due_at_ms")
            outputs.append(
                Output(
                    id: try object.uuid("id"), type: try object.string("type"), order: try object.optionalUUID("order"),
                    body: try object.required("body").text, due: due.map { Date(timeIntervalSince1970: Double($0) / 1000) }))
        }
        return outputs
    }
}

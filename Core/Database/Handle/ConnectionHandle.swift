internal import CPostgres

/// A connection of libpq's. Not thread-safe: it belongs to the actor that made it and ends with it.
final class ConnectionHandle {
    enum Polling { case reads, writes, ready, failed }
    enum Flushing { case done, pending, failed }
    typealias Answer = FlightProgress<ResultHandle>.Answer

    private let connection: OpaquePointer
    // Kept between statements for their capacity.
    private var values: [UnsafePointer<CChar>?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// Begins to connect. Looks up host names, and waits for that: give `hostaddr` besides `host` where that may be slow.
    init?(_ settings: [ConnectionSettings.Setting]) {
        let keywords = settings.map { strdup($0.keyword) }
        let values = settings.map { strdup($0.value) }
        defer { for string in keywords + values { free(string) } }
        let keywordList: [UnsafePointer<CChar>?] = keywords.map { UnsafePointer($0) } + [nil]
        let valueList: [UnsafePointer<CChar>?] = values.map { UnsafePointer($0) } + [nil]
        let connection = PQconnectStartParams(keywordList, valueList, 0)
        guard let connection else { return nil }
        self.connection = connection
        // Notices would go to stderr.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    deinit { PQfinish(connection) }

    var isBad: Bool { PQstatus(connection) == CONNECTION_BAD }
    var socket: Int32 { PQsocket(connection) }
    var errorMessage: String { String(cString: PQerrorMessage(connection)).singleLine }
    /// Whether the server is ready for a new transaction.
    var isOutsideTransaction: Bool { PQtransactionStatus(connection) == PQTRANS_IDLE }

    func poll() -> Polling {
        switch PQconnectPoll(connection) {
        case PGRES_POLLING_READING: .reads
        case PGRES_POLLING_WRITING: .writes
        case PGRES_POLLING_OK: .ready
        default: .failed
        }
    }

    /// Flights may be sent from here on.
    func enterPipeline() -> Bool { PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1 }
    func leavePipeline() -> Bool { PQexitPipelineMode(connection) == 1 }

    func sendPrepare(_ name: String, _ sql: String, types: [UInt32]) -> Bool {
        PQsendPrepare(connection, name, sql, Int32(types.count), types) == 1
    }

    func sendExecute(_ name: String, _ payload: Payload, _ slots: Range<Int>) -> Bool {
        values.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        return payload.bytes.withUnsafeBytes { bytes in
            for slot in payload.slots[slots] {
                let start = (bytes.baseAddress! + slot.offset).assumingMemoryBound(to: CChar.self)
                values.append(slot.length < 0 ? nil : start)
                lengths.append(max(slot.length, 0))
                formats.append(1)
            }
            return PQsendQueryPrepared(connection, name, Int32(slots.count), values, lengths, formats, 1) == 1
        }
    }

    /// A statement without parameters that is not worth preparing.
    func sendOnce(_ sql: String) -> Bool { PQsendQueryParams(connection, sql, 0, nil, nil, nil, nil, 1) == 1 }

    /// Several statements as one text; outside the pipeline.
    func sendScript(_ sql: String) -> Bool { PQsendQuery(connection, sql) == 1 }

    func sendSync() -> Bool { PQpipelineSync(connection) == 1 }

    func flush() -> Flushing {
        switch PQflush(connection) {
        case 0: .done
        case 1: .pending
        default: .failed
        }
    }

    /// Takes in what has arrived. False: the connection is broken.
    func consume() -> Bool { PQconsumeInput(connection) == 1 && !isBad }

    /// Whether ``next(script:)`` would have to wait.
    var isBusy: Bool { PQisBusy(connection) == 1 }

    func next(script: String? = nil) -> Answer {
        guard let result = PQgetResult(connection) else { return .endOfStep }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY, PGRES_SINGLE_TUPLE:
            return .outcome(ResultHandle(owning: result))
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            return .synced
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            return .skipped
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            PQclear(result)
            return .failure(DatabaseError(.connectionLost, "COPY is not spoken here"))
        default:
            defer { PQclear(result) }
            return .failure(DatabaseError(refusal: result, script: script))
        }
    }
}

internal import Foundation
internal import Glibc

/// Posts orders over a number of kept-open connections, each with one request in flight, and measures every answer.
///
/// It shares the machine with what it measures, so it costs as little as can be: one thread, one `poll` for all, requests made
/// beforehand of which only the idempotency key changes, and of an answer no more is read than its status and length.
struct LoadGenerator: Sendable {
    /// What was measured.
    struct Measurement: Sendable {
        var accepted = 0
        /// Answers other than 202, by status; 0 for a connection that broke.
        var refused: [Int: Int] = [:]
        /// Of each accepted order within the measured time, in µs, sorted.
        var latencies: [UInt32] = []
        /// From the end of the warm-up to the last answer counted, in seconds.
        var seconds = 0.0
        /// All orders that were ever accepted, the warm-up's included.
        var acceptedInAll = 0
        /// Processor time of the thread, in seconds, while measured.
        var processorSeconds = 0.0
    }

    var port: Int
    var connections: Int
    var warmup: Duration
    var duration: Duration
    /// A whole HTTP request.
    var request: [UInt8]
    /// Where in the request the 16 digits are that make its key its own.
    var keyOffset: Int
    /// Called on the generator's thread when the warm-up is over and when the time is up.
    var marks: @Sendable (_ isEnd: Bool) -> Void = { _ in }

    /// Runs on a thread of its own.
    func run() async throws -> Measurement {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                continuation.resume(with: Result { try LoadRun(self).run() })
            }
            thread.name = "load"
            thread.start()
        }
    }
}

/// Why no load could be made.
struct LoadError: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
}

/// One run of a ``LoadGenerator``, on its thread.
private final class LoadRun {
    private struct Connection {
        let descriptor: Int32
        var request: [UInt8]
        var sentAt: UInt64 = 0
    }

    private let generator: LoadGenerator
    private var descriptors: [pollfd] = []
    private var connections: [Connection] = []
    private var result = LoadGenerator.Measurement()
    private var made: UInt64 = 0
    private var buffer = [UInt8](repeating: 0, count: 8_192)
    private var isMeasuring = false
    private var isOver = false

    init(_ generator: LoadGenerator) {
        self.generator = generator
        result.latencies.reserveCapacity(1 << 20)
    }

    deinit {
        for connection in connections { close(connection.descriptor) }
    }

    func run() throws -> LoadGenerator.Measurement {
        for _ in 0..<generator.connections { try open() }
        for index in connections.indices { send(index) }
        let beginning = now()
        let measured = beginning + nanoseconds(generator.warmup)
        let end = measured + nanoseconds(generator.duration)
        var startedAt = measured
        var processorAtStart = 0.0
        var inFlight = connections.count
        while inFlight > 0 {
            let count = poll(&descriptors, nfds_t(descriptors.count), 100)
            let time = now()
            if !isMeasuring, time >= measured {
                isMeasuring = true
                startedAt = time
                processorAtStart = processorSeconds()
                generator.marks(false)
            }
            if !isOver, time >= end {
                isOver = true
                result.seconds = Double(time - startedAt) / 1e9
                result.processorSeconds = processorSeconds() - processorAtStart
                generator.marks(true)
            }
            // What is in flight at the end is waited for, so that every accepted order is known; but not for ever.
            if time > end + 5_000_000_000 { break }
            guard count > 0 else { continue }
            for index in descriptors.indices where descriptors[index].revents != 0 {
                guard !answer(index) else { continue }
                // poll(2) leaves negative descriptors alone.
                descriptors[index].fd = -1
                inFlight -= 1
            }
        }
        result.latencies.sort()
        return result
    }

    // MARK: - One connection

    private func open() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw LoadError("socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(generator.port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else { throw LoadError("connect to 127.0.0.1:\(generator.port)") }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        descriptors.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        connections.append(Connection(descriptor: descriptor, request: generator.request))
    }

    private func send(_ index: Int) {
        made += 1
        var left = made
        for digit in 0..<16 {
            connections[index].request[generator.keyOffset + 15 - digit] = UInt8(ascii: "0") + UInt8(left % 10)
            left /= 10
        }
        connections[index].sentAt = now()
        let descriptor = connections[index].descriptor
        connections[index].request.withUnsafeBytes { bytes in
            // A request is far smaller than a socket's buffer, and there is never more than one: it goes out whole.
            _ = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// Reads an answer and sends the next request. Returns whether the connection has a request in flight.
    private func answer(_ index: Int) -> Bool {
        let count = recv(connections[index].descriptor, &buffer, buffer.count, 0)
        guard count > 12 else {
            result.refused[0, default: 0] += 1
            return false
        }
        // HTTP/1.1 202 …; head and body come in one write.
        let status = buffer[9..<12].reduce(0) { $0 * 10 + Int($1 &- UInt8(ascii: "0")) }
        if status == 202 { result.acceptedInAll += 1 }
        if isMeasuring, !isOver {
            if status == 202 {
                result.accepted += 1
                result.latencies.append(UInt32(clamping: (now() - connections[index].sentAt) / 1_000))
            } else {
                result.refused[status, default: 0] += 1
            }
        }
        if isOver { return false }
        send(index)
        return true
    }

    // MARK: - Clocks

    private func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func nanoseconds(_ duration: Duration) -> UInt64 {
        UInt64(duration.components.seconds) * 1_000_000_000 + UInt64(duration.components.attoseconds / 1_000_000_000)
    }
}

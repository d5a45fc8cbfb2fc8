internal import Commerce
internal import Crypto
internal import FoundationEssentials
internal import Hummingbird
internal import JSON
internal import Logging
internal import NIOCore
internal import Work

/// Takes the orders of one body, a line each, while it comes in, and says of each line what became of it, in their order.
///
/// The lines that come in together are validated and handed over together, so they share the broker's confirms. A line that is
/// bad is a problem of its own.
struct BulkSubmission: Sendable {
    /// Lines of a body.
    static let lineLimit = 10_000
    /// Bytes of a body.
    static let byteLimit = 64 * 1024 * 1024
    /// How long a body may take to come in.
    static let timeLimit: Duration = .seconds(120)
    /// Bytes of a line: an order and its key.
    static let lineLength = Submission.bodyLimit + 1_024

    let desk: Desk
    let submitter: Submitter
    /// What the body's length was said to be.
    let announced: Int?

    /// A line that is ready to be handed over, or why it is not.
    private enum Prepared: Sendable {
        case order(IdempotencyKey, digest: [UInt8], Submission)
        case problem(Problem)
    }

    /// The order that a line became, or its problem.
    private typealias Outcome = Swift.Result<UUID, Problem>

    /// How far the body was read.
    private struct Progress {
        var line = 0
        var bytes = 0
        /// What each key came with.
        var digests: [String: [UInt8]] = [:]
        let started = ContinuousClock.now
    }

    /// Reads a body, and writes the results as they come.
    /// - Returns: whether the body was read to its end; what may still come of it is not worth reading.
    func run(_ body: RequestBody, _ writer: inout any ResponseBodyWriter) async throws -> Bool {
        // Apart from the reading: who sends everything before reading anything must not wait for us, nor we for them.
        let (results, feed) = AsyncStream<[UInt8]>.makeStream()
        async let reading = read(body, feed)
        for await result in results where !result.isEmpty { try await writer.write(ByteBuffer(bytes: result)) }
        let isWhole = await reading
        try await writer.finish(nil)
        return isWhole
    }

    private func read(_ body: RequestBody, _ feed: AsyncStream<[UInt8]>.Continuation) async -> Bool {
        defer { feed.finish() }
        var splitter = LineSplitter(limit: Self.lineLength)
        var progress = Progress()
        do {
            for try await chunk in body {
                progress.bytes += chunk.readableBytes
                guard progress.bytes <= Self.byteLimit else { throw Problem.tooLarge(limit: Self.byteLimit) }
                let lines = splitter.take(chunk.readableBytesView)
                let room = Self.lineLimit - progress.line
                feed.yield(await answer(lines.prefix(room), &progress))
                guard lines.count <= room else { throw Problem.tooManyLines }
                guard ContinuousClock.now - progress.started < Self.timeLimit else { throw Problem.tooSlow(limit: Self.timeLimit) }
            }
            // A body that ends before the length it was said to have: its last line may be half of one.
            if let announced, progress.bytes < announced { throw Problem.brokenOff }
            guard let last = splitter.rest() else { return true }
            guard progress.line < Self.lineLimit else { throw Problem.tooManyLines }
            feed.yield(await answer([last], &progress))
            return true
        } catch {
            feed.yield(result(progress.line + 1, .failure(error as? Problem ?? .brokenOff)))
            return false
        }
    }

    /// Takes the orders of some lines.
    private func answer(_ lines: some Collection<LineSplitter.Line>, _ progress: inout Progress) async -> [UInt8] {
        var prepared: [(line: Int, content: Prepared)] = []
        for line in lines {
            progress.line += 1
            if line != .text([]) { prepared.append((progress.line, prepare(line, &progress.digests))) }
        }
        // One that stands twice is taken once.
        var firsts: [String: Int] = [:]
        let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
            for (index, (_, content)) in prepared.enumerated() {
                if case .order(let key, _, _) = content {
                    guard firsts[key.text] == nil else { continue }
                    firsts[key.text] = index
                }
                group.addTask { (index, await take(content)) }
            }
            return await group.reduce(into: [Int: Outcome]()) { $0[$1.0] = $1.1 }
        }
        var bytes: [UInt8] = []
        for (index, (line, content)) in prepared.enumerated() {
            var outcome = outcomes[index]
            if outcome == nil, case .order(let key, _, _) = content { outcome = firsts[key.text].flatMap { outcomes[$0] } }
            bytes += result(line, outcome ?? .failure(.brokenOff))
        }
        return bytes
    }

    /// Reads a line: `{"idempotency_key": …, "order": …}`.
    private func prepare(_ line: LineSplitter.Line, _ digests: inout [String: [UInt8]]) -> Prepared {
        guard case .text(let bytes) = line else { return .problem(.tooLarge(limit: Self.lineLength)) }
        do throws(JSONError) {
            var json = try JSONObject(parsing: bytes, limits: JSON.Limits(depth: 33))
            guard let key = IdempotencyKey(try json.string("idempotency_key")) else {
                throw JSONError(pointer: "/idempotency_key", problem: "1 to 200 visible characters of ASCII were expected")
            }
            let order = try json.required("order")
            try json.done()
            // The order's text without spaces: how it was laid out in its line is nobody's business.
            let digest = [UInt8](SHA256.hash(data: order.text))
            if let known = digests.updateValue(digest, forKey: key.text), known != digest { return .problem(.keyReused) }
            do throws(JSONError) { return .order(key, digest: digest, try Submission(order)) } catch {
                throw JSONError(pointer: "/order" + error.pointer, problem: error.problem)
            }
        } catch {
            return .problem(.invalid(error))
        }
    }

    private func take(_ prepared: Prepared) async -> Outcome {
        switch prepared {
        case .problem(let problem): return .failure(problem)
        case .order(let key, let digest, let submission):
            guard !desk.gauge.isNearBound else { return .failure(.tooMany) }
            do {
                return .success(try await desk.take(key, digest: digest, from: submitter) { submission })
            } catch let problem as Problem {
                return .failure(problem)
            } catch {
                desk.place.logger.error("an order of a bulk submission failed", metadata: ["error": "\(error)"])
                return .failure(.unavailable("this can't be answered for the moment", retryAfter: 2))
            }
        }
    }

    /// What became of a line, as a line.
    private func result(_ line: Int, _ outcome: Outcome) -> [UInt8] {
        JSONWriter.object { json in
            json.member("line", line)
            switch outcome {
            case .success(let order):
                json.member("status", 202)
                json.member("order", order)
                json.member("status_url", desk.statusURL(order))
            case .failure(let problem): problem.write(to: &json)
            }
        } + [UInt8(ascii: "\n")]
    }
}

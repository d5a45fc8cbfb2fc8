internal import Metrics

/// A channel in confirm mode: the flights of a publisher that wait, and the window of those under way. Lives on the publishing
/// connection's thread.
final class PublishChannel {
    /// How many bytes go out between two looks at whether the socket takes more.
    private static let stride = 32 * 1024

    let number: UInt16
    /// Whether it is open and in confirm mode.
    var isReady = false

    private let link: Link
    private var waiting: [FlightProgress] = []
    private var window: ConfirmWindow<FlightProgress>
    private var isSending = false

    private let publishedCounter = Counter(label: "sluice_messages_published_total")
    private let returnedCounter = Counter(label: "sluice_messages_returned_total")
    private let nackedCounter = Counter(label: "sluice_messages_nacked_total")

    init(_ number: UInt16, _ link: Link) {
        self.number = number
        self.link = link
        window = ConfirmWindow(capacity: link.configuration.confirmWindow)
    }

    func add(_ flight: Flight) { waiting.append(FlightProgress(flight)) }

    /// Those whose publisher gave up while there was no connection must not pile up.
    func forget() { waiting.removeAll { $0.sent == 0 && $0.flight.pending.isOver } }

    func close() {
        for flight in waiting { flight.fail(MessagingError(.closed, "the broker client was closed")) }
        waiting = []
    }

    // MARK: - What the broker says

    func acknowledged(_ tag: UInt64, _ multiple: Bool) {
        window.settle(tag: tag, multiple: multiple) { $0.settle($1, isNack: false) }
    }

    func nacked(_ tag: UInt64, _ multiple: Bool) {
        window.settle(tag: tag, multiple: multiple) {
            nackedCounter.increment(by: Int64($1.count))
            $0.settle($1, isNack: true)
        }
    }

    func returned(_ code: Int, _ text: String, _ content: Content) {
        returnedCounter.increment()
        window.returned { $0.matches($1, content) }.map { $0.owner.returned($0.index, code: code, text: text) }
    }

    func isOverdue(_ now: ContinuousClock.Instant) -> Bool {
        window.oldest.map { $0 + link.configuration.confirmTimeout < now } ?? false
    }

    /// The channel is gone: nobody knows what became of the flights that have begun. The others wait for the next one.
    func fell(_ error: MessagingError) {
        isReady = false
        for flight in window.reset() { flight.fail(error) }
        waiting.removeAll { flight in
            if flight.sent > 0 { flight.fail(error) }
            return flight.sent > 0
        }
    }

    // MARK: - Sending

    /// Whether something waits and a good burst of it has room: a window that is nearly full waits.
    var wantsToSend: Bool {
        guard isReady, !isSending, let first = waiting.first else { return false }
        return window.room >= min(first.unsent.count, window.capacity / 4 + 1)
    }

    /// Sends what waits, as far as window and socket allow, in large writes.
    func send() {
        guard wantsToSend else { return }
        isSending = true
        defer { isSending = false }
        var unlooked = 0
        var done = 0
        while done < waiting.count, window.room > 0 {
            let flight = waiting[done]
            if flight.flight.pending.isOver {
                done += 1
                continue
            }
            if unlooked >= PublishChannel.stride {
                guard link.isWritable() else { break }
                unlooked = 0
            }
            let (count, bytes) = portion(flight.unsent)
            flight.flight.hasBegun.set()
            window.sent(flight, flight.sent..<flight.sent + count, at: .now)
            let portion = flight.unsent.prefix(count)
            flight.advance(by: count)
            guard link.publish(portion, channel: number) else { break }
            publishedCounter.increment(by: Int64(count))
            unlooked += bytes
            if flight.isSent { done += 1 }
        }
        waiting.removeFirst(done)
    }

    /// How many of these to send before looking at the socket again, and their size.
    private func portion(_ publications: ArraySlice<Publication>) -> (count: Int, bytes: Int) {
        var count = 0
        var bytes = 0
        for publication in publications.prefix(window.room) where bytes < PublishChannel.stride {
            count += 1
            // What headers and framing take is some 300 bytes.
            bytes += publication.body.count + 300
        }
        return (count, bytes)
    }
}

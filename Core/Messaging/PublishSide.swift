internal import Logging
internal import Metrics
internal import Reactor

/// The publishing connection: one channel in confirm mode, flights that wait, and the window of those under way.
final class PublishSide: ConnectionSide, LinkOwner {
    enum Command: Sendable {
        case connect
        case publish(Flight)
        case close(Pending<Void>?)
    }

    private static let channel: UInt16 = 1
    /// How many bytes go out between two looks at whether the socket takes more.
    private static let stride = 32 * 1024

    private let link: Link
    private let state: StateBox
    private var waiting: [FlightProgress] = []
    private var window: ConfirmWindow<FlightProgress>
    private var isReady = false
    private var isBlocked = false
    private var isPumping = false

    private let published = Counter(label: "sluice_messages_published_total")
    private let returned = Counter(label: "sluice_messages_returned_total")
    private let nacked = Counter(label: "sluice_messages_nacked_total")

    init(_ link: Link, _ state: StateBox) {
        self.link = link
        self.state = state
        window = ConfirmWindow(capacity: link.configuration.confirmWindow)
        link.owner = self
    }

    func work(_ commands: [Command]) {
        link.turn {
            // Those whose publisher gave up while there was no connection must not pile up.
            waiting.removeAll { $0.sent == 0 && $0.flight.pending.isOver }
            for command in commands {
                switch command {
                case .connect: link.start()
                case .publish(let flight):
                    waiting.append(FlightProgress(flight))
                    link.start()
                case .close(let pending):
                    link.close()
                    for flight in waiting { flight.fail(MessagingError(.closed, "the broker client was closed")) }
                    waiting = []
                    state.change { $0 = BrokerState(isConnected: false, isBlocked: false, reason: "closed") }
                    pending?.finish(.success(()))
                    link.reactor.stop()
                }
            }
            pump(hasHeard: false)
        }
    }

    // MARK: - What happens on the link

    func opened() { openChannel() }

    func caughtUp() { pump(hasHeard: true) }

    func received(_ event: Event) {
        switch event {
        case .acknowledged(_, let tag, let multiple):
            window.settle(tag: tag, multiple: multiple) { $0.settle($1, isNack: false) }
        case .nacked(_, let tag, let multiple):
            window.settle(tag: tag, multiple: multiple) {
                nacked.increment(by: Int64($1.count))
                $0.settle($1, isNack: true)
            }
        case .returned(_, let code, let text, let content):
            returned.increment()
            window.returned { $0.matches($1, content) }.map { $0.owner.returned($0.index, code: code, text: text) }
        case .blocked(let reason):
            isBlocked = true
            state.change {
                $0.isBlocked = true
                $0.reason = "blocked by the broker: \(reason)"
            }
        case .unblocked:
            isBlocked = false
            state.change {
                $0.isBlocked = false
                $0.reason = $0.isConnected ? "" : $0.reason
            }
        default: break
        }
    }

    func channelClosed(_ channel: UInt16, _ error: MessagingError) {
        fell(MessagingError(.channelClosed, error.message))
        openChannel()
    }

    func lost(_ error: MessagingError) {
        isBlocked = false
        fell(error.code == .closed ? error : MessagingError(.connectionLost, error.message))
    }

    func unreachable(_ error: MessagingError) {
        state.change { $0.reason = error.message }
    }

    func tick(_ now: ContinuousClock.Instant) {
        // While blocked the broker does not read: that is no reason to part.
        guard !isBlocked, let oldest = window.oldest, oldest + link.configuration.confirmTimeout < now else { return }
        link.fail(MessagingError(.connectionLost, "a publish went unconfirmed for \(link.configuration.confirmTimeout)"))
    }

    private func openChannel() {
        link.call(.openChannel, channel: PublishSide.channel) { _ in }
        link.call(.confirmSelect, channel: PublishSide.channel) { [weak self] reply in
            guard let self, case .success = reply else { return }
            isReady = true
            state.change { $0 = BrokerState(isConnected: true, isBlocked: $0.isBlocked, reason: $0.isBlocked ? $0.reason : "") }
        }
    }

    /// The channel is gone: nobody knows what became of the flights that have begun. The others wait for the next one.
    private func fell(_ error: MessagingError) {
        isReady = false
        state.change { $0 = BrokerState(isConnected: false, isBlocked: isBlocked, reason: error.message) }
        for flight in window.reset() { flight.fail(error) }
        waiting.removeAll { flight in
            if flight.sent > 0 { flight.fail(error) }
            return flight.sent > 0
        }
    }

    // MARK: - Publishing

    /// Sends what waits, as far as window and socket allow, in large writes.
    ///
    /// Always hears before it speaks: with the peer silent past its heartbeat a publish would hang (rabbitmq-c #780); hearing finds out.
    private func pump(hasHeard: Bool) {
        guard isReady, !isBlocked, !isPumping, let first = waiting.first else { return }
        // A window that is nearly full waits until a good burst has room.
        guard window.room >= min(first.unsent.count, window.capacity / 4 + 1) else { return }
        isPumping = true
        defer { isPumping = false }
        if !hasHeard { link.receive() }
        guard isReady, !isBlocked, link.isWritable() else { return }
        var unlooked = 0
        var done = 0
        while done < waiting.count, window.room > 0 {
            let flight = waiting[done]
            if flight.flight.pending.isOver {
                done += 1
                continue
            }
            if unlooked >= PublishSide.stride {
                guard link.isWritable() else { break }
                unlooked = 0
            }
            let (count, bytes) = portion(flight.unsent)
            flight.flight.hasBegun.set()
            window.sent(flight, flight.sent..<flight.sent + count, at: .now)
            let portion = flight.unsent.prefix(count)
            flight.advance(by: count)
            guard link.publish(portion, channel: PublishSide.channel) else { break }
            published.increment(by: Int64(count))
            unlooked += bytes
            if flight.isSent { done += 1 }
        }
        waiting.removeFirst(done)
    }

    /// How many of these to send before looking at the socket again, and their size.
    private func portion(_ publications: ArraySlice<Publication>) -> (count: Int, bytes: Int) {
        var count = 0
        var bytes = 0
        for publication in publications.prefix(window.room) where bytes < PublishSide.stride {
            count += 1
            // What headers and framing take is some 300 bytes.
            bytes += publication.body.count + 300
        }
        return (count, bytes)
    }
}

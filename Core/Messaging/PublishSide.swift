internal import Logging
internal import Metrics
internal import Reactor

/// The publishing connection, with a channel in confirm mode for each publisher.
///
/// A channel each, because a quorum queue takes some 32 unconfirmed publishes from a channel before it holds that channel back until
/// they are on disk (`quorum_commands_soft_limit`): on one channel, every publisher would wait for every queue in turn.
final class PublishSide: ConnectionSide, LinkOwner {
    enum Command: Sendable {
        case connect
        case publish(Flight, channel: UInt16)
        case close(Pending<Void>?)
    }

    /// How many channels there are at most; more publishers than that share.
    static let channelLimit: UInt16 = 64

    private let link: Link
    private let state: StateBox
    private var channels: [PublishChannel] = []
    private var isOpen = false
    private var isBlocked = false

    init(_ link: Link, _ state: StateBox) {
        self.link = link
        self.state = state
        link.owner = self
    }

    func work(_ commands: [Command]) {
        link.turn {
            for channel in channels { channel.forget() }
            for command in commands {
                switch command {
                case .connect:
                    _ = channel(1)
                    link.start()
                case .publish(let flight, let number):
                    channel(number).add(flight)
                    link.start()
                case .close(let pending):
                    link.close()
                    for channel in channels { channel.close() }
                    state.change { $0 = BrokerState(isConnected: false, isBlocked: false, reason: "closed") }
                    pending?.finish(.success(()))
                    link.reactor.stop()
                }
            }
            pump(hasHeard: false)
        }
    }

    /// The channel of that number, opened if need be.
    private func channel(_ number: UInt16) -> PublishChannel {
        if let channel = channels.first(where: { $0.number == number }) { return channel }
        let channel = PublishChannel(number, link)
        channels.append(channel)
        if isOpen { open(channel) }
        return channel
    }

    // MARK: - What happens on the link

    func opened() {
        isOpen = true
        if channels.isEmpty { channels.append(PublishChannel(1, link)) }
        for channel in channels { open(channel) }
    }

    func caughtUp() { pump(hasHeard: true) }

    func received(_ event: Event) {
        switch event {
        case .acknowledged(let number, let tag, let multiple): known(number)?.acknowledged(tag, multiple)
        case .nacked(let number, let tag, let multiple): known(number)?.nacked(tag, multiple)
        case .returned(let number, let code, let text, let content): known(number)?.returned(code, text, content)
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

    private func known(_ number: UInt16) -> PublishChannel? { channels.first { $0.number == number } }

    func channelClosed(_ number: UInt16, _ error: MessagingError) {
        guard let channel = known(number) else { return }
        channel.fell(MessagingError(.channelClosed, error.message))
        open(channel)
    }

    func lost(_ error: MessagingError) {
        isOpen = false
        isBlocked = false
        let error = error.code == .closed ? error : MessagingError(.connectionLost, error.message)
        state.change { $0 = BrokerState(isConnected: false, isBlocked: false, reason: error.message) }
        for channel in channels { channel.fell(error) }
    }

    func unreachable(_ error: MessagingError) {
        state.change { $0.reason = error.message }
    }

    func tick(_ now: ContinuousClock.Instant) {
        // While blocked the broker does not read: that is no reason to part.
        guard !isBlocked, channels.contains(where: { $0.isOverdue(now) }) else { return }
        link.fail(MessagingError(.connectionLost, "a publish went unconfirmed for \(link.configuration.confirmTimeout)"))
    }

    private func open(_ channel: PublishChannel) {
        link.call(.openChannel, channel: channel.number) { _ in }
        link.call(.confirmSelect, channel: channel.number) { [weak self] reply in
            guard let self, case .success = reply else { return }
            channel.isReady = true
            state.change { $0 = BrokerState(isConnected: true, isBlocked: $0.isBlocked, reason: $0.isBlocked ? $0.reason : "") }
        }
    }

    /// Always hears before it speaks: with the peer silent past its heartbeat a publish would hang (rabbitmq-c #780); hearing finds out.
    private func pump(hasHeard: Bool) {
        var hasHeard = hasHeard
        for channel in channels where !isBlocked && channel.wantsToSend {
            if !hasHeard {
                hasHeard = true
                link.receive()
            }
            guard !isBlocked, link.isWritable() else { return }
            channel.send()
        }
    }
}

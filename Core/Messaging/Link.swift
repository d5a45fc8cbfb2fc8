internal import Logging
internal import Reactor

/// Who uses a link: told what happens on it, always on the link's thread.
protocol LinkOwner: AnyObject {
    /// Logged in: channels can be opened.
    func opened()
    /// The broker said something that is not an answer to a call.
    func received(_ event: Event)
    /// Everything there was to hear has been told; also after the socket takes bytes again.
    func caughtUp()
    /// The broker closed a channel that is not being closed from here. Its calls have failed by now.
    func channelClosed(_ channel: UInt16, _ error: MessagingError)
    /// The connection is gone. Its calls have failed by now.
    func lost(_ error: MessagingError)
    /// A node could not be reached; others or the same are tried again.
    func unreachable(_ error: MessagingError)
    /// A quarter of a second has passed, on an open connection.
    func tick(_ now: ContinuousClock.Instant)
}

/// One connection to the broker, opened when wanted and made anew when lost. Lives on one reactor's thread; every method is called there.
///
/// A failure met while something is under way is kept, and the connection given up at the end of the turn: nothing is torn down under
/// the hands of who uses it.
final class Link {
    typealias Completion = (Result<Reply, MessagingError>) -> Void

    private struct Call {
        let completion: Completion
        /// Whether it closes its channel.
        let isClose: Bool
        let deadline: ContinuousClock.Instant
    }

    /// How often an idle connection is looked after: heartbeats go out only from within librabbitmq's calls.
    private static let tickInterval = Duration.milliseconds(250)
    /// The longest an answer to a method may take: declaring a quorum queue on a busy cluster takes seconds.
    private static let callLimit = Duration.seconds(30)

    let configuration: BrokerConfiguration
    let reactor: Reactor
    weak var owner: (any LinkOwner)?

    private let callGuard: CallGuard
    private let logger: Logger
    private var handle: ConnectionHandle?
    private var failure: MessagingError?
    private var calls: [UInt16: [Call]] = [:]
    private var backoff: Backoff
    private var addressesTried = 0
    private var openedAt = ContinuousClock.now
    private var timer: Reactor.Timer?
    private var wantsWrite = false
    private var isStarted = false
    private var isClosed = false

    init(_ configuration: BrokerConfiguration, reactor: Reactor, callGuard: CallGuard, logger: Logger) {
        self.configuration = configuration
        self.reactor = reactor
        self.callGuard = callGuard
        self.logger = logger
        backoff = Backoff(shortest: configuration.shortestBackoff, longest: configuration.longestBackoff)
    }

    /// Whether methods can be sent.
    var isOpen: Bool { handle != nil && failure == nil }

    /// Connects, unless that has begun.
    func start() {
        guard !isStarted, !isClosed else { return }
        isStarted = true
        connect()
    }

    /// Says goodbye. Nothing is sent or heard any more.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        if failure == nil { handle?.close() }
        tearDown(MessagingError(.closed, "the broker client was closed"))
    }

    /// Does something with the link, then gives the connection up if that failed.
    func turn(_ body: () -> Void) {
        body()
        if let failure, handle != nil { lose(failure) }
    }

    /// The connection is of no more use; it is given up at the end of the turn.
    func fail(_ error: MessagingError) {
        if failure == nil { failure = error }
    }

    // MARK: - Saying

    /// Sends a method that has no answer. Returns whether it went out.
    @discardableResult
    func send(_ method: Method, channel: UInt16) -> Bool {
        attempt { handle throws(MessagingError) in try handle.send(method, channel: channel) }
    }

    /// Sends a method; `completion` gets the answer. Answers on a channel come in the order of the calls.
    func call(_ method: Method, channel: UInt16, _ completion: @escaping Completion) {
        guard send(method, channel: channel) else {
            return completion(.failure(failure ?? MessagingError(.connectionLost, "not connected")))
        }
        var isClose = false
        if case .closeChannel = method { isClose = true }
        calls[channel, default: []].append(Call(completion: completion, isClose: isClose, deadline: .now + Link.callLimit))
    }

    /// Publishes in one go. Returns whether all went out.
    func publish(_ publications: ArraySlice<Publication>, channel: UInt16) -> Bool {
        attempt { handle throws(MessagingError) in try handle.publish(publications, channel: channel) }
    }

    func cork(_ isCorked: Bool) { handle?.cork(isCorked) }

    /// Whether the socket takes more; if not, the owner hears `caughtUp` once it does.
    func isWritable() -> Bool {
        guard let handle, failure == nil else { return false }
        if handle.isWritable { return true }
        setWantsWrite(true)
        return false
    }

    private func attempt(_ body: (ConnectionHandle) throws(MessagingError) -> Void) -> Bool {
        guard let handle, failure == nil else { return false }
        do throws(MessagingError) {
            try body(handle)
            return true
        } catch {
            fail(error)
            return false
        }
    }

    // MARK: - Hearing

    /// Tells the owner everything there is to hear; sends and checks the heartbeats on the way.
    func receive() {
        guard let handle, failure == nil else { return }
        do throws(MessagingError) {
            let owner = owner
            while failure == nil, let event = try handle.next() { dispatch(event, owner) }
        } catch {
            fail(error)
        }
    }

    private func dispatch(_ event: Event, _ owner: (any LinkOwner)?) {
        switch event {
        case .reply(let channel, let reply):
            guard calls[channel]?.isEmpty == false, let call = calls[channel]?.removeFirst() else { return }
            call.completion(.success(reply))
        case .channelClosed(let channel, let code, let text):
            send(.closeChannelOK, channel: channel)
            channelClosed(channel, MessagingError(.refused, "\(code) \(text)"), owner)
        case .connectionClosed(let code, let text):
            send(.closeConnectionOK, channel: 0)
            fail(MessagingError(.connectionLost, "closed by the broker: \(code) \(text)"))
        default: owner?.received(event)
        }
    }

    /// Where our own close is on its way as well, the broker answers that too: until then the channel's number is not free, or the
    /// answer would be taken for one to the next channel of that number. Its owner hears of the end by that answer.
    private func channelClosed(_ channel: UInt16, _ error: MessagingError, _ owner: (any LinkOwner)?) {
        var failed = calls.removeValue(forKey: channel) ?? []
        let close = failed.last.flatMap { $0.isClose ? failed.removeLast() : nil }
        if let close { calls[channel] = [close] }
        for call in failed { call.completion(.failure(error)) }
        if close == nil { owner?.channelClosed(channel, error) }
    }

    // MARK: - Coming and going

    private func connect() {
        timer = nil
        guard !isClosed else { return }
        let address = configuration.addresses[addressesTried % configuration.addresses.count]
        addressesTried += 1
        do throws(MessagingError) {
            let handle = try ConnectionHandle(address, configuration, callGuard: callGuard)
            self.handle = handle
            openedAt = .now
            logger.info("connected to the broker", metadata: ["address": "\(address)"])
            setWantsWrite(false)
            timer = reactor.schedule(after: Link.tickInterval) { [self] in tick() }
            turn { owner?.opened() }
        } catch {
            let isRoundOver = addressesTried % configuration.addresses.count == 0
            let wait = isRoundOver ? backoff.next() : .zero
            let level: Logger.Level = backoff.failures % 20 == 1 ? .warning : .debug
            logger.log(level: level, "the broker can't be reached", metadata: ["reason": "\(error.message)", "next": "\(wait)"])
            owner?.unreachable(error)
            timer = reactor.schedule(after: wait) { [self] in connect() }
        }
    }

    private func lose(_ error: MessagingError) {
        logger.warning("connection to the broker lost", metadata: ["reason": "\(error.message)"])
        // One that did not last begins again with a longer wait.
        if ContinuousClock.now - openedAt > configuration.longestBackoff { backoff.reset() }
        tearDown(error)
        guard !isClosed else { return }
        timer = reactor.schedule(after: backoff.next()) { [self] in connect() }
    }

    private func tearDown(_ error: MessagingError) {
        if let timer { reactor.cancel(timer) }
        timer = nil
        if let handle { reactor.unwatch(handle.descriptor) }
        handle = nil
        failure = nil
        let orphans = calls
        calls = [:]
        for call in orphans.values.joined() { call.completion(.failure(error)) }
        owner?.lost(error)
    }

    private func setWantsWrite(_ wants: Bool) {
        guard let handle else { return }
        wantsWrite = wants
        reactor.watch(handle.descriptor, for: wants ? [.read, .write] : .read) { [self] found in ready(found) }
    }

    private func ready(_ found: Reactor.Interest) {
        turn {
            if wantsWrite, found.contains(.write) { setWantsWrite(false) }
            receive()
            owner?.caughtUp()
        }
    }

    private func tick() {
        timer = reactor.schedule(after: Link.tickInterval) { [self] in tick() }
        turn {
            receive()
            let now = ContinuousClock.now
            if calls.values.contains(where: { $0.first.map { $0.deadline < now } ?? false }) {
                fail(MessagingError(.timedOut, "the broker gave no answer in \(Link.callLimit)"))
            }
            owner?.tick(now)
            owner?.caughtUp()
        }
    }
}

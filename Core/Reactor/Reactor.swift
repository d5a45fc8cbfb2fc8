internal import CLinux
internal import Foundation
internal import Synchronization

/// One thread that owns C handles: it runs the jobs of the actors that name it as their executor, watches descriptors
/// with `poll(2)` and fires timers.
///
/// librabbitmq, libpq and libcurl handles may be touched by one thread at a time. An actor whose `unownedExecutor` is a
/// reactor keeps its handle on that thread by construction:
///
/// ```swift
/// actor Session {
///     nonisolated let reactor: Reactor
///     nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }
/// }
/// ```
///
/// A hop to a reactor and back costs some 7 µs: hop once a batch, never once a message.
public final class Reactor: SerialExecutor, Sendable {
    /// What a descriptor is watched for, and what was found.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: Int16
        public init(rawValue: Int16) { self.rawValue = rawValue }
        public static let read = Interest(rawValue: Int16(POLLIN))
        public static let write = Interest(rawValue: Int16(POLLOUT))
        /// Only ever found: the peer hung up, or the descriptor is broken or closed.
        public static let hangup = Interest(rawValue: Int16(POLLERR | POLLHUP | POLLNVAL))
    }

    /// The number of a timer, to cancel it by.
    public struct Timer: Hashable, Sendable {
        let number: UInt64
    }

    /// The thread's name, at most 15 bytes of it as the system shows it.
    public let name: String

    private struct Inbox {
        var jobs: [UnownedJob] = []
        var isSignalled = false
        var isStopped = false
    }

    private let inbox = Mutex(Inbox())
    private let wakeup: Int32
    private let identity = Identity()

    /// Starts the thread. It runs until ``stop()``.
    public init(name: String) {
        self.name = name
        wakeup = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        precondition(wakeup >= 0, "eventfd failed: \(String(cString: strerror(errno)))")
        let thread = Thread { [self] in run() }
        thread.name = String(name.prefix(15))
        thread.start()
    }

    deinit { close(wakeup) }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wake = inbox.withLock { inbox in
            inbox.jobs.append(job)
            if inbox.isSignalled { return false }
            inbox.isSignalled = true
            return true
        }
        // On its own thread the loop looks into the inbox before it polls again.
        if wake, !isCurrent { signal() }
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    public func checkIsolated() {
        precondition(isCurrent, "called off the thread of the reactor '\(name)'")
    }

    /// Whether the caller runs on this reactor's thread.
    public var isCurrent: Bool { Reactor.current === self }

    /// Ends the thread once the jobs enqueued so far have run. Jobs enqueued later never run.
    public func stop() {
        inbox.withLock { $0.isStopped = true }
        signal()
    }

    /// Calls `handler` on this thread whenever `descriptor` is ready. Replaces an earlier watch of the same descriptor.
    /// To be called on this thread.
    public func watch(_ descriptor: Int32, for interest: Interest, _ handler: @escaping (Interest) -> Void) {
        checkIsolated()
        identity.watches[descriptor] = Watch(interest: interest, handler: handler)
    }

    /// Stops watching. To be called on this thread, before the descriptor is closed.
    public func unwatch(_ descriptor: Int32) {
        checkIsolated()
        identity.watches[descriptor] = nil
    }

    /// Calls `body` on this thread once, after `delay`. To be called on this thread.
    @discardableResult
    public func schedule(after delay: Duration, _ body: @escaping () -> Void) -> Timer {
        checkIsolated()
        return identity.schedule(at: .now + delay, body)
    }

    /// Forgets a timer that has not fired. To be called on this thread.
    public func cancel(_ timer: Timer) {
        checkIsolated()
        identity.timers[timer] = nil
    }

    // MARK: - The thread

    private struct Watch {
        var interest: Interest
        var handler: (Interest) -> Void
    }

    private struct Alarm {
        var at: ContinuousClock.Instant
        var body: () -> Void
    }

    /// What only the reactor's own thread touches; `checkIsolated()` guards every way in, hence unchecked.
    private final class Identity: @unchecked Sendable {
        var watches: [Int32: Watch] = [:]
        var timers: [Timer: Alarm] = [:]
        var timersMade: UInt64 = 0

        func schedule(at: ContinuousClock.Instant, _ body: @escaping () -> Void) -> Timer {
            timersMade += 1
            let timer = Timer(number: timersMade)
            timers[timer] = Alarm(at: at, body: body)
            return timer
        }
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// The reactor whose thread this is, if any.
    private static var current: Reactor? {
        pthread_getspecific(key).map { Unmanaged<Reactor>.fromOpaque($0).takeUnretainedValue() }
    }

    private func signal() {
        var one: UInt64 = 1
        _ = write(wakeup, &one, MemoryLayout<UInt64>.size)
    }

    private func run() {
        pthread_setspecific(Reactor.key, Unmanaged.passUnretained(self).toOpaque())
        var descriptors: [pollfd] = []
        while true {
            let isStopped = runJobs()
            if isStopped { return }
            let timeout = runTimers()
            descriptors.removeAll(keepingCapacity: true)
            descriptors.append(pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0))
            for (descriptor, watch) in identity.watches {
                descriptors.append(pollfd(fd: descriptor, events: watch.interest.rawValue, revents: 0))
            }
            let wait = inbox.withLock { inbox in
                // From here on an enqueue must signal: the loop is about to sleep.
                inbox.isSignalled = !inbox.jobs.isEmpty
                return inbox.jobs.isEmpty && !inbox.isStopped ? timeout : 0
            }
            guard poll(&descriptors, nfds_t(descriptors.count), wait) > 0 else { continue }
            if descriptors[0].revents != 0 {
                var count: UInt64 = 0
                _ = read(wakeup, &count, MemoryLayout<UInt64>.size)
            }
            for found in descriptors.dropFirst() where found.revents != 0 {
                // A handler that ran before this one may have ended this watch.
                identity.watches[found.fd]?.handler(Interest(rawValue: found.revents))
            }
        }
    }

    /// Runs what was enqueued. Returns whether the thread is to end.
    private func runJobs() -> Bool {
        let (jobs, isStopped) = inbox.withLock { inbox in
            inbox.isSignalled = true
            defer { inbox.jobs = [] }
            return (inbox.jobs, inbox.isStopped)
        }
        for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
        return isStopped && jobs.isEmpty
    }

    /// Fires what is due. Returns how long the thread may sleep, in ms; -1 without bound.
    private func runTimers() -> Int32 {
        guard !identity.timers.isEmpty else { return -1 }
        let now = ContinuousClock.now
        for timer in identity.timers.filter({ $0.value.at <= now }).keys.sorted(by: { $0.number < $1.number }) {
            identity.timers.removeValue(forKey: timer)?.body()
        }
        guard let next = identity.timers.values.map(\.at).min() else { return -1 }
        let left = next - ContinuousClock.now
        // Rounded up: woken a moment early, the loop would spin until the instant has come.
        let ms = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
        return Int32(clamping: max(ms, 0))
    }
}

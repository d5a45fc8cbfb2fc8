internal import Reactor

/// What lives on a connection's thread and does what callers want.
protocol ConnectionSide: AnyObject, SendableMetatype {
    associatedtype Command: Sendable
    /// Does these, in order. Called on the connection's thread.
    func work(_ commands: [Command])
}

/// The way onto a connection's thread.
actor ConnectionThread<Side: ConnectionSide> {
    private nonisolated let reactor: Reactor
    private nonisolated let mailbox = Mailbox<Side.Command>()
    private let side: Side

    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

    /// Starts the thread.
    init(name: String, _ make: (Reactor) -> sending Side) {
        let reactor = Reactor(name: name)
        self.reactor = reactor
        side = make(reactor)
    }

    /// Hands a command over without waiting; commands are done in order. Returns false once the last one was posted.
    nonisolated func post(_ command: Side.Command, isLast: Bool = false) -> Bool {
        switch mailbox.post(command, andClose: isLast) {
        case .closed: return false
        case .queued: return true
        case .first:
            Task { await work() }
            return true
        }
    }

    private func work() { side.work(mailbox.takeAll()) }
}

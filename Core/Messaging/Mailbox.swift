internal import Synchronization

/// What callers want of a connection, in order, until its thread comes for it: one hop serves all that came meanwhile.
final class Mailbox<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        var isSignalled = false
        var isClosed = false
    }

    private let state = Mutex(State())

    /// What a post led to.
    enum Posted {
        /// The thread is to be woken.
        case first
        /// The thread was woken already.
        case queued
        /// Nothing is taken any more.
        case closed
    }

    func post(_ command: Command, andClose: Bool = false) -> Posted {
        state.withLock { state in
            guard !state.isClosed else { return .closed }
            state.isClosed = andClose
            state.commands.append(command)
            if state.isSignalled { return .queued }
            state.isSignalled = true
            return .first
        }
    }

    func takeAll() -> [Command] {
        state.withLock { state in
            defer { state.commands = [] }
            state.isSignalled = false
            return state.commands
        }
    }
}

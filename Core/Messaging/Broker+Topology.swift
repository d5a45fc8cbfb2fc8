public import Topology

extension Broker {
    /// Declares everything: exchanges, queues, bindings; takes away bindings of the topology's types that a queue handles no more.
    /// - Throws: ``MessagingError``; `refused` where something of that name has another shape.
    public func apply(_ topology: Topology) async throws(MessagingError) {
        _ = try await perform(Declaration.all(of: topology).map(\.method))
        _ = try await perform(Declaration.bindings(of: topology))
    }

    /// What of the topology is missing in the broker or has another shape, in words; empty where all is as it should be.
    /// Bindings can't be seen from here: ``apply(_:)`` sets them right.
    public func check(_ topology: Topology) async throws(MessagingError) -> [String] {
        var differences: [String] = []
        for declaration in Declaration.all(of: topology) {
            do throws(MessagingError) {
                _ = try await perform([declaration.inquiry])
            } catch  where error.code == .refused {
                differences.append("\(declaration.what) is missing: \(error.message)")
                continue
            }
            // It is there: declared again it stays as it is, and the broker says what differs.
            do throws(MessagingError) {
                _ = try await perform([declaration.method])
            } catch  where error.code == .refused {
                differences.append("\(declaration.what) has another shape: \(error.message)")
            }
        }
        return differences
    }

    /// The messages ready in a queue, and its consumers.
    /// - Throws: ``MessagingError``; `refused` where there is no such queue.
    public func depth(of queue: String) async throws(MessagingError) -> (messages: Int, consumers: Int) {
        let replies = try await perform([.declareQueue(name: queue, isPassive: true, arguments: [])])
        guard case .queue(let messages, let consumers) = replies.first else { return (0, 0) }
        return (messages, consumers)
    }

    /// Throws away what is ready in a queue. Returns how much that was.
    @discardableResult
    public func purge(_ queue: String) async throws(MessagingError) -> Int {
        guard case .queue(let messages, _) = try await perform([.purge(queue: queue)]).first else { return 0 }
        return messages
    }

    /// Deletes a queue and what is in it.
    public func delete(queue: String) async throws(MessagingError) {
        _ = try await perform([.delete(queue: queue)])
    }

    /// Does these on a channel of their own on the consuming connection; waits for it if need be, up to 30 s in all.
    func perform(_ methods: [Method]) async throws(MessagingError) -> [Reply] {
        let consuming = consuming
        return try await Pending<[Reply]>.answer(within: .seconds(30)) {
            MessagingError(.timedOut, "the broker gave no answer within 30 s")
        } _: { pending in
            if !consuming.post(.perform(MethodSequence(methods: methods, pending: pending))) {
                pending.finish(.failure(MessagingError(.closed, "the broker client was closed")))
            }
        }
    }
}

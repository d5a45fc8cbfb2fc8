public import Database

/// One station on an order's way: what it does with the messages of its queue.
///
/// A message is acknowledged only after its effect is committed and everything it caused is confirmed by the broker. The
/// engine sees to that, in five steps for a batch; an author writes the three in bold:
///
/// 1. **``ask(_:)``**: calls outside, before any transaction. Most workers need none.
/// 2. **``load(_:in:)``**: one or two set-based queries that lock and read what the batch needs.
/// 3. **``decide(_:_:_:)``**: a pure function, message by message; with ``save(_:)`` to write what was decided.
/// 4. save: the effects and one journal row a message, in one transaction.
/// 5. settle: what was caused is published and confirmed, then the batch is acknowledged.
///
/// A message comes to `decide` once in effect however often it is delivered: the journal knows it. What means the same under
/// another message id (a buyer who pressed a button twice) is the worker's to recognise from its state.
public protocol Worker: Sendable {
    /// A message, decoded.
    associatedtype Input: Sendable
    /// What asking outside brought for a message.
    associatedtype Answer: Sendable = Void
    /// What was read for a batch; `decide` changes it as it goes, so that a message sees what those before it did.
    associatedtype State = Void
    /// What is to be written for a message.
    associatedtype Effect: Sendable = Never

    /// Decodes a body. An error sends the message to the dead letters at once, with the error as the reason.
    func decode(_ body: [UInt8], type: String) throws -> Input

    /// The outside party that asking for this message would call, for its circuit; nil where none is called.
    func party(of message: Received<Input>) -> String?

    /// Calls outside, concurrently, one result a message in the same order. Keyed so that asking twice is harmless.
    func ask(_ messages: [Received<Input>]) async -> [Result<Answer, Setback>]

    /// Locks and reads what the batch needs, in a fixed order so that copies of the worker can't deadlock.
    func load(_ messages: [Received<Input>], in transaction: Transaction) async throws -> State

    /// What a message leads to. Pure. A thrown ``Setback`` puts the message off; any other error counts as a fault of ours.
    func decide(_ message: Received<Input>, _ answer: Answer, _ state: inout State) throws -> Decision<Effect>

    /// The statements that write a batch's effects: set-based, a few for the whole batch. Pure.
    func save(_ effects: [Effect]) -> [Query]
}

extension Worker {
    public func party(of message: Received<Input>) -> String? { nil }
}

extension Worker where Answer == Void {
    public func ask(_ messages: [Received<Input>]) async -> [Result<Void, Setback>] {
        messages.map { _ in .success(()) }
    }
}

extension Worker where State == Void {
    public func load(_ messages: [Received<Input>], in transaction: Transaction) async throws {}
}

extension Worker where Effect == Never {
    public func save(_ effects: [Never]) -> [Query] { [] }
}

internal import Store
internal import Work

extension Stamp {
    /// What a row names that a message makes.
    init<Input>(_ message: Received<Input>) {
        self.init(message: message.id, at: message.now)
    }
}

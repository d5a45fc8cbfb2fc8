internal import Commerce
internal import FoundationEssentials
internal import Work

extension Cause {
    /// A message about its order.
    /// - Parameter due: when it is to be published; nil for at once.
    init<M: OrderMessage>(_ message: M, due: Date? = nil) {
        self.init(M.type, order: message.order, body: message.encoded(), due: due)
    }
}

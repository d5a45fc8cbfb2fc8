import Testing

@testable import Messaging

@Suite struct `the delivery buffer` {
    typealias Buffer = DeliveryBuffer<String>
    private let start = ContinuousClock.now

    private func deliveries(_ numbers: ClosedRange<UInt64>) -> [Delivery] {
        numbers.map {
            Delivery(tag: Delivery.Tag(session: 1, number: $0), content: Content(deliveryTag: $0, exchange: "", routingKey: "q"))
        }
    }

    private func numbers(_ deliveries: [Delivery]?) -> [UInt64]? { deliveries?.map(\.tag.number) }

    @Test func `hands out a full batch at once and keeps the rest`() {
        var buffer = Buffer()
        _ = buffer.append(deliveries(1...5), now: start)
        #expect(numbers(buffer.take(limit: 3, linger: .seconds(1), now: start)) == [1, 2, 3])
        #expect(buffer.take(limit: 3, linger: .seconds(1), now: start) == nil)
        #expect(buffer.count == 2)
        _ = buffer.append(deliveries(6...6), now: start)
        #expect(numbers(buffer.take(limit: 3, linger: .seconds(1), now: start)) == [4, 5, 6])
    }

    @Test func `a batch that is not full waits as long as more keep coming, and five lingers at most`() {
        var buffer = Buffer()
        var action = buffer.wait(number: 1, limit: 10, linger: .milliseconds(5), waiter: "a", now: start)
        #expect(action.batches.isEmpty && action.wakeAt == nil)
        for number in UInt64(1)...6 {
            action = buffer.append(deliveries(number...number), now: start + .milliseconds(4) * Int(number - 1))
            #expect(action.batches.isEmpty)
            #expect(action.wakeAt == start + min(.milliseconds(4) * Int(number - 1) + .milliseconds(5), .milliseconds(25)))
        }
        action = buffer.append(deliveries(7...7), now: start + .milliseconds(24))
        #expect(action.batches.isEmpty && action.wakeAt == start + .milliseconds(25))
        action = buffer.evaluate(now: start + .milliseconds(25))
        #expect(action.batches.map { numbers($0.deliveries) } == [[1, 2, 3, 4, 5, 6, 7]])
        #expect(buffer.count == 0)
    }

    @Test func `a batch that nothing more comes to waits for one linger`() {
        var buffer = Buffer()
        _ = buffer.wait(number: 1, limit: 10, linger: .milliseconds(5), waiter: "a", now: start)
        let action = buffer.append(deliveries(1...2), now: start)
        #expect(action.batches.isEmpty && action.wakeAt == start + .milliseconds(5))
        #expect(buffer.evaluate(now: start + .milliseconds(5)).batches.map { numbers($0.deliveries) } == [[1, 2]])
    }

    @Test func `what has waited for its linger while nobody asked is handed out at once`() {
        var buffer = Buffer()
        _ = buffer.append(deliveries(1...2), now: start)
        #expect(buffer.take(limit: 10, linger: .milliseconds(5), now: start + .milliseconds(4)) == nil)
        #expect(numbers(buffer.take(limit: 10, linger: .milliseconds(5), now: start + .milliseconds(5))) == [1, 2])
    }

    @Test func `those who wait are served in their order`() {
        var buffer = Buffer()
        _ = buffer.wait(number: 1, limit: 2, linger: .zero, waiter: "a", now: start)
        _ = buffer.wait(number: 2, limit: 2, linger: .zero, waiter: "b", now: start)
        let action = buffer.append(deliveries(1...3), now: start)
        #expect(action.batches.map(\.waiter) == ["a", "b"])
        #expect(action.batches.map { numbers($0.deliveries) } == [[1, 2], [3]])
    }

    @Test func `a wait that was cancelled takes nothing`() {
        var buffer = Buffer()
        _ = buffer.wait(number: 1, limit: 2, linger: .zero, waiter: "a", now: start)
        #expect(buffer.cancel(number: 1) == "a")
        #expect(buffer.cancel(number: 1) == nil)
        #expect(buffer.append(deliveries(1...2), now: start).batches.isEmpty)
        #expect(buffer.count == 2)
    }

    @Test func `a stop ends all waits and hands out nothing, also of what comes later`() {
        var buffer = Buffer()
        _ = buffer.append(deliveries(1...2), now: start)
        _ = buffer.wait(number: 1, limit: 5, linger: .seconds(1), waiter: "a", now: start)
        #expect(buffer.stop() == ["a"])
        #expect(buffer.append(deliveries(3...3), now: start).batches.isEmpty)
        #expect(numbers(buffer.take(limit: 1, linger: .zero, now: start)) == [])
        #expect(buffer.wait(number: 2, limit: 1, linger: .zero, waiter: "b", now: start).batches.map(\.deliveries.count) == [0])
        #expect(numbers(buffer.drain()) == [1, 2, 3])
        #expect(buffer.count == 0)
    }
}

import FoundationEssentials
import Testing

@testable import Work

@Suite struct MessageIDTests {
    private let time = Date(timeIntervalSince1970: 1_760_000_000.123)

    @Test func `the same event has the same id, another one another`() {
        #expect(MessageID.root(at: time, seed: "a") == MessageID.root(at: time, seed: "a"))
        #expect(MessageID.root(at: time, seed: "a") != MessageID.root(at: time, seed: "b"))
    }

    @Test func `a child's id follows from its parent, its type and its place`() {
        let parent = MessageID.root(at: time, seed: "a")
        let child = MessageID.child(of: parent, type: "x", index: 0)
        #expect(child == MessageID.child(of: parent, type: "x", index: 0))
        #expect(
            Set([child, parent, MessageID.child(of: parent, type: "y", index: 0), MessageID.child(of: parent, type: "x", index: 1)]).count
                == 4)
    }

    @Test func `all ids of a story tell when it began, to the millisecond`() {
        var id = MessageID.root(at: time, seed: "a")
        for index in 0..<5 { id = MessageID.child(of: id, type: "t", index: index) }
        #expect(abs(MessageID.beginning(of: id).timeIntervalSince(time)) < 0.0011)
        #expect(MessageID.bound(time).uuidString <= id.uuidString)
        #expect(id.uuidString < MessageID.bound(time.addingTimeInterval(0.002)).uuidString)
    }

    @Test func `ids are UUIDs of version 8 and the variant of RFC 9562`() {
        let text = Array(MessageID.root(at: time, seed: "a").uuidString)
        #expect(text[14] == "8")
        #expect("89AB".contains(text[19]))
    }
}

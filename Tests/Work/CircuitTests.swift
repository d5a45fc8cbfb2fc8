import Testing

@testable import Work

@Suite struct CircuitTests {
    private let start = ContinuousClock.now

    private func opened() -> Circuit {
        var circuit = Circuit()
        for _ in 0..<Circuit.threshold { _ = circuit.failed(at: start) }
        return circuit
    }

    @Test func `opens after five failures in a row and not before`() {
        var circuit = Circuit()
        for count in 1...Circuit.threshold {
            #expect(circuit.admit(at: start) == nil)
            #expect(circuit.failed(at: start) == (count == Circuit.threshold))
        }
        #expect(circuit.admit(at: start) == Circuit.firstPause)
    }

    @Test func `a success in between starts the count anew`() {
        var circuit = Circuit()
        for _ in 0..<20 {
            for _ in 1..<Circuit.threshold { #expect(!circuit.failed(at: start)) }
            _ = circuit.succeeded()
        }
        #expect(!circuit.isOpen)
    }

    @Test func `after the pause one message goes as a probe, the others wait`() {
        var circuit = opened()
        let later = start + Circuit.firstPause
        #expect(circuit.admit(at: later) == nil)
        #expect(circuit.admit(at: later) != nil)
        #expect(circuit.succeeded())
        #expect(circuit.admit(at: later) == nil)
    }

    @Test func `failed probes lengthen the pause up to its bound`() {
        var circuit = opened()
        var now = start
        for _ in 0..<10 {
            now += Circuit.longestPause
            #expect(circuit.admit(at: now) == nil)
            _ = circuit.failed(at: now)
        }
        #expect(circuit.admit(at: now) == Circuit.longestPause)
    }

    @Test func `parties fail by themselves, and only so many are remembered`() {
        var circuits = Circuits()
        for _ in 0..<Circuit.threshold { _ = circuits.failed("a", at: start) }
        #expect(circuits.admit("a", at: start) != nil)
        #expect(circuits.admit("b", at: start) == nil)
        #expect(circuits.succeeded("a"))
        #expect(circuits.admit("a", at: start) == nil)
    }
}

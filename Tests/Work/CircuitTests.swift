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
            do {
                let pause = circuit.admit(at: start)
                #expect(pause == nil)
            }
            let opens = circuit.failed(at: start)
            #expect(opens == (count == Circuit.threshold))
        }
        do {
            let pause = circuit.admit(at: start)
            #expect(pause == Circuit.firstPause)
        }
    }

    @Test func `a success in between starts the count anew`() {
        var circuit = Circuit()
        for _ in 0..<20 {
            for _ in 1..<Circuit.threshold {
                let opens = circuit.failed(at: start)
                #expect(!opens)
            }
            _ = circuit.succeeded()
        }
        #expect(!circuit.isOpen)
    }

    @Test func `after the pause one message goes as a probe, the others wait`() {
        var circuit = opened()
        let later = start + Circuit.firstPause
        do {
            let pause = circuit.admit(at: later)
            #expect(pause == nil)
        }
        do {
            let pause = circuit.admit(at: later)
            #expect(pause != nil)
        }
        let closed = circuit.succeeded()
        #expect(closed)
        do {
            let pause = circuit.admit(at: later)
            #expect(pause == nil)
        }
    }

    @Test func `failed probes lengthen the pause up to its bound`() {
        var circuit = opened()
        var now = start
        for _ in 0..<10 {
            now += Circuit.longestPause
            do {
                let pause = circuit.admit(at: now)
                #expect(pause == nil)
            }
            _ = circuit.failed(at: now)
        }
        do {
            let pause = circuit.admit(at: now)
            #expect(pause == Circuit.longestPause)
        }
    }

    @Test func `parties fail by themselves, and only so many are remembered`() {
        var circuits = Circuits()
        for _ in 0..<Circuit.threshold { _ = circuits.failed("a", at: start) }
        let pause = circuits.admit("a", at: start)
        #expect(pause != nil)
        let other = circuits.admit("b", at: start)
        #expect(other == nil)
        let isBack = circuits.succeeded("a")
        #expect(isBack)
        let after = circuits.admit("a", at: start)
        #expect(after == nil)
    }
}

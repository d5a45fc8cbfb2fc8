import Commerce
import Testing

@Suite struct MoneyTests {
    @Test func `what is split by weights sums to the whole, and no part is a minor unit off`() {
        var dice = Dice(1)
        for _ in 0..<20_000 {
            let weights = (0..<Int.random(in: 1...12, using: &dice)).map { _ in Int64.random(in: 0...1_000_000, using: &dice) }
            let amount = Int64.random(in: 0...10_000_000_000, using: &dice)
            let parts = Money.allocate(amount, over: weights)
            #expect(parts.reduce(0, +) == amount)
            let sum = weights.reduce(0, +)
            guard sum > 0 else { continue }
            for (part, weight) in zip(parts, weights) {
                let exact = Double(amount) * Double(weight) / Double(sum)
                #expect(abs(Double(part) - exact) < 1.001)
                if weight == 0 { #expect(part <= 1) }
            }
        }
    }

    @Test func `the largest remainders get the units that are left, the earlier of equals first`() {
        #expect(Money.allocate(100, over: [1, 1, 1]) == [34, 33, 33])
        #expect(Money.allocate(10, over: [45, 25, 30]) == [5, 2, 3])
        #expect(Money.allocate(7, over: [0, 0]) == [7, 0])
        #expect(Money.allocate(5, over: [0, 3]) == [0, 5])
    }

    @Test func `splitting the largest amount over the largest weights does not overflow`() {
        let parts = Money.allocate(Money.limit, over: [Money.limit, Money.limit, Money.limit - 1])
        #expect(parts.reduce(0, +) == Money.limit)
    }

    @Test func `a rate in basis points is rounded half away from zero`() {
        #expect(Money.portion(of: 9_900, basisPoints: 550) == 545)  // 544.5
        #expect(Money.portion(of: 9_899, basisPoints: 550) == 544)  // 544.445
        #expect(Money.portion(of: -9_900, basisPoints: 550) == -545)
        #expect(Money.portion(of: 12_345, basisPoints: 0) == 0)
        #expect(Money.portion(of: 12_345, basisPoints: 10_000) == 12_345)
        #expect(Money.portion(of: .max, basisPoints: 10_000) == .max)
    }

    @Test func `amounts from outside that overflow are noticed`() {
        #expect(Money.checkedProduct(.max, 2) == nil)
        #expect(Money.checkedProduct(3, 4) == 12)
        #expect(Money.checkedSum([.max, 1]) == nil)
        #expect(Money.checkedSum([1, 2, -3]) == 0)
    }

    @Test func `adding different currencies or past the end of the range ends the process`() async {
        await #expect(processExitsWith: .failure) { _ = Money(1, .cny) + Money(1, .usd) }
        await #expect(processExitsWith: .failure) { _ = Money(.max, .cny) + Money(1, .cny) }
    }

    @Test func `money reads as people write it`() {
        #expect("\(Money(1_230, .cny))" == "12.30 CNY")
        #expect("\(Money(-5, .usd))" == "-0.05 USD")
        #expect("\(Money(500, .jpy))" == "500 JPY")
    }
}

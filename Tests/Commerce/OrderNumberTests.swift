import Commerce
import FoundationEssentials
import JSON
import Testing

@Suite struct OrderNumberTests {
    private let order = OrderID.make(storefront: Sample.storefront, key: "k-1")

    @Test func `an order's number is the same whoever makes it, and begins with its day in China`() {
        let moment = Date(milliseconds: 1_767_196_800_000)  // 2025-12-31T16:00Z: New Year in China
        let number = OrderNumber(order: order, at: moment)
        #expect(number == OrderNumber(order: order, at: moment))
        #expect(number.text.hasPrefix("260101"))
        #expect(OrderNumber(order: order, at: Date(milliseconds: 1_767_196_799_999)).text.hasPrefix("251231"))
        #expect(OrderNumber(order: order, at: Date(milliseconds: 1_709_222_400_000)).text.hasPrefix("240301"))  // 29 February, 16:00Z
        #expect(OrderNumber(order: order, at: Date(milliseconds: 951_753_600_000)).text.hasPrefix("000229"))
        #expect(number.text.utf8.count == 19)
    }

    @Test func `a number that was read is the number that was written`() {
        let number = OrderNumber(order: order, at: Date(milliseconds: 951_753_600_000))
        #expect(OrderNumber(number.text) == number)
        #expect(OrderNumber(value: number.value) == number)
    }

    @Test func `every single wrong digit is found`() {
        let digits = Array(OrderNumber(order: order, at: Sample.moment).text.utf8)
        for place in digits.indices {
            for digit in UInt8(ascii: "0")...UInt8(ascii: "9") where digit != digits[place] {
                var wrong = digits
                wrong[place] = digit
                #expect(OrderNumber(String(decoding: wrong, as: UTF8.self)) == nil)
            }
        }
        for text in ["", "12", "-261122123456789012", "26112212345678901x", "+61122123456789012"] { #expect(OrderNumber(text) == nil) }
    }

    @Test func `another attempt gives another number, and a hundred thousand orders of a day differ`() {
        #expect(OrderNumber(order: order, at: Sample.moment, attempt: 2) != OrderNumber(order: order, at: Sample.moment))
        var seen: Set<OrderNumber> = []
        for key in 0..<100_000 {
            seen.insert(OrderNumber(order: OrderID.make(storefront: Sample.storefront, key: "\(key)"), at: Sample.moment))
        }
        #expect(seen.count == 100_000)
    }

    @Test func `an order's id is the UUIDv5 of its storefront and key`() {
        // RFC 9562, A.4: the DNS namespace and www.example.com.
        let namespace = UUID(text: "6ba7b810-9dad-11d1-80b4-00c04fd430c8")!
        #expect(OrderID.make(storefront: namespace, key: "www.example.com").text == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
        #expect(
            OrderID.fulfillment(order: order, merchant: Sample.merchants[0])
                != OrderID.fulfillment(order: order, merchant: Sample.merchants[1]))
    }
}

import Commerce
import Foundation
import JSON
import Testing

@testable import Intake

@Suite struct SubmissionTests {
    static let merchant = UUID()
    static let good = OrderText.make(merchant: merchant)

    @Test func `a good order is read as it was written`() throws {
        let submission = try Submission(parsing: Array(Self.good.utf8))
        #expect(submission.currency == .cny)
        #expect(submission.method == .wechat)
        #expect(submission.locale == .chinese)
        #expect(submission.lines.map(\.sku) == ["TEA-1", "CUP-1"])
        #expect(submission.lines.map(\.merchant) == [Self.merchant, Self.merchant])
        #expect(submission.person.phone.e164 == "+8613800138000")
        #expect(submission.total == 6000)
    }

    @Test func `freight, discount, locale, title and postcode may be left out`() throws {
        var text = Self.good
        for member in [#""locale":"zh","#, #","title":"龙井""#, #","postcode":"310012""#, #""freight":800,"#, #""discount":300,"#] {
            #expect(text.contains(member))
            text = text.replacingOccurrences(of: member, with: "")
        }
        text = text.replacingOccurrences(of: "6000", with: "5500")
        let submission = try Submission(parsing: Array(text.utf8))
        #expect(submission.freight == 0 && submission.discount == 0 && submission.locale == nil)
    }

    /// What is replaced by what, and where the error points.
    @Test(arguments: [
        (#""CNY""#, #""XYZ""#, "/currency"), (#""CNY""#, "1", "/currency"), (#""currency":"CNY","#, "", "/currency"),
        (#""wechat""#, #""cash""#, "/method"), (#""zh""#, #""de""#, "/locale"),
        (#""ref":"u-1""#, #""ref":"""#, "/buyer/ref"), (#""ref":"u-1","#, "", "/buyer/ref"),
        (#""王小明""#, #""   ""#, "/buyer/name"), (#""王小明""#, "\"a\\u0000b\"", "/buyer/name"),
        (#""138 0013 8000""#, #""12""#, "/buyer/phone"), (#""138 0013 8000""#, "13800138000", "/buyer/phone"),
        (#""浙江省杭州市""#, "null", "/buyer/address/region"), (#""310012""#, #""31001231001231001""#, "/buyer/address/postcode"),
        (#""detail":"文三路 478 号""#, #""detail":"x","door":1"#, "/buyer/address/door"),
        (#""sku":"TEA-1""#, #""sku":"""#, "/lines/0/sku"), (#""quantity":2"#, #""quantity":0"#, "/lines/0/quantity"),
        (#""quantity":2"#, #""quantity":-2"#, "/lines/0/quantity"), (#""quantity":2"#, #""quantity":2.0"#, "/lines/0/quantity"),
        (#""quantity":2"#, #""quantity":"2""#, "/lines/0/quantity"), (#""quantity":2"#, #""quantity":10000"#, "/lines/0/quantity"),
        (#""unit_price":3000"#, #""unit_price":-1"#, "/lines/1/unit_price"),
        (#""unit_price":3000"#, #""unit_price":9223372036854775808"#, "/lines/1/unit_price"),
        (#""unit_price":3000"#, #""unit_price":1000000000001"#, "/lines/1/unit_price"),
        (#""unit_price":3000"#, #""unit_price":1000000000000"#, "/lines/1"),
        (#""title":"龙井""#, #""colour":"green""#, "/lines/0/colour"), (#""freight":800"#, #""freight":-800"#, "/freight"),
        (#""discount":300"#, #""discount":5501"#, "/discount"), (#""total":6000"#, #""total":5999"#, "/total"),
        (#""total":6000"#, #""total":"6000""#, "/total"), (#""total":6000"#, #""total":6000,"paid":true"#, "/paid"),
        (#""currency":"CNY","method":"wechat""#, #""currency":"USD","method":"wechat""#, "/currency"),
    ])
    func `what is wrong with an order is pointed at`(good: String, bad: String, pointer: String) {
        let text = Self.good.replacingOccurrences(of: good, with: bad)
        #expect(text != Self.good)
        let error = #expect(throws: JSONError.self) { try Submission(parsing: Array(text.utf8)) }
        #expect(error?.pointer == pointer)
        #expect(error?.problem.contains("王小明") == false)
    }

    @Test func `1,000 lines are taken and 1,001 are not`() throws {
        func order(lines: Int) -> [UInt8] {
            let line = #"{"merchant":"\#(Self.merchant.uuidString)","sku":"A","quantity":1,"unit_price":1}"#
            return Array(
                """
                {"currency":"CNY","method":"prepaid","buyer":{"ref":"u","name":"n","phone":"13800138000","address":{"region":"r","detail":"d"}},
                "lines":[\(Array(repeating: line, count: lines).joined(separator: ","))],"total":\(lines)}
                """.utf8)
        }
        #expect(try Submission(parsing: order(lines: 1_000)).lines.count == 1_000)
        #expect(throws: JSONError.self) { try Submission(parsing: order(lines: 1_001)) }
        let error = #expect(throws: JSONError.self) { try Submission(parsing: order(lines: 0)) }
        #expect(error?.pointer == "/lines")
    }

    @Test func `amounts whose sum overflows are refused, not wrapped`() {
        let line = #"{"merchant":"\#(Self.merchant.uuidString)","sku":"A","quantity":9999,"unit_price":1000000000000}"#
        let text = """
            {"currency":"CNY","method":"prepaid","buyer":{"ref":"u","name":"n","phone":"13800138000","address":{"region":"r","detail":"d"}},
            "lines":[\(Array(repeating: line, count: 1_000).joined(separator: ","))],"total":1}
            """
        let error = #expect(throws: JSONError.self) { try Submission(parsing: Array(text.utf8)) }
        #expect(error?.pointer == "/lines/0")
    }

    @Test func `any truncation of an order is refused`() {
        let bytes = Array(Self.good.utf8)
        for count in bytes.indices { #expect(throws: JSONError.self) { try Submission(parsing: Array(bytes[..<count])) } }
    }

    @Test func `no changed byte of an order makes it trap`() {
        var random = SystemRandomNumberGenerator()
        let bytes = Array(Self.good.utf8)
        for _ in 0..<2_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? Submission(parsing: changed)
        }
    }
}

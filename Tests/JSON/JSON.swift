import JSON
import Testing

@Suite struct JSONTests {
    private func parse(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8)) }

    @Test(arguments: [
        #"{"a":1,"b":[true,false,null],"c":"x"}"#, "[]", "{}", "-9223372036854775808", "9223372036854775807", "1.50", "1e9",
        #""汉字 \"quoted\" \\ \n""#, "18446744073709551616",
    ])
    func `a text that is parsed and written again is the same text`(_ text: String) throws {
        #expect(String(decoding: try parse(text).text, as: UTF8.self) == text)
    }

    @Test func `escapes and surrogate pairs become their characters`() throws {
        #expect(try parse(#""\u0041\t\/\ud83d\ude00""#) == .string("A\t/😀"))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "01", "1.", "-", "1e", "tru", "\"abc", "\"\\x\"", "\"\\ud800\"", "\"\\u12\"",
        "[1] 2", "{\"a\":1,\"a\":2}", "\"\u{01}\"", "nul", "'a'", "[1 2]",
    ])
    func `what is not JSON is refused with its place`(_ text: String) {
        let error = #expect(throws: JSONError.self) { try parse(text) }
        #expect(error?.problem.contains("line 1, column") == true)
    }

    @Test func `nesting is bounded and does not exhaust the stack`() {
        let deep = String(repeating: "[", count: 1_000_000)
        let error = #expect(throws: JSONError.self) { try parse(deep) }
        #expect(error?.problem.contains("nested deeper than 32 levels") == true)
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test func `a text cut off anywhere is refused`() throws {
        let whole = Array(#"{"a":[1,-2.5e3,"x\u00e9\n",true,null],"b":{"c":"d"}}"#.utf8)
        for length in 0..<whole.count { #expect(throws: JSONError.self) { try JSON.parse(Array(whole[..<length])) } }
        _ = try JSON.parse(whole)
    }

    @Test func `an error names the member by its pointer`() throws {
        var order = try JSONObject(parsing: Array(#"{"lines":[{"sku":"A"},{"sku":7}],"a/b":1}"#.utf8))
        let error = #expect(throws: JSONError.self) {
            try order.array("lines") { value throws(JSONError) in
                var line = try JSONObject(value)
                return try line.string("sku")
            }
        }
        #expect(error == JSONError(pointer: "/lines/1/sku", problem: "a string was expected, not an integer"))
        #expect(order.pointer(to: "a/b") == "/a~1b")
    }

    @Test func `absent, null, out of bounds and unknown members are told apart`() throws {
        var object = try JSONObject(parsing: Array(#"{"n":-1,"none":null,"stray":2,"s":"long"}"#.utf8))
        #expect(throws: JSONError(pointer: "/gone", problem: "is required")) { try object.string("gone") }
        #expect(try object.optionalString("none") == nil)
        #expect(throws: JSONError(pointer: "/n", problem: "a whole number from 0 to 9 was expected")) { try object.integer("n", 0...9) }
        #expect(throws: JSONError(pointer: "/s", problem: "a string of 1 to 3 bytes was expected, not 4")) { try object.string("s", 1...3) }
        #expect(throws: JSONError(pointer: "/stray", problem: "is not known here")) { try object.done() }
    }

    @Test func `a writer separates members and escapes text`() {
        let bytes = JSONWriter.object { json in
            json.member("a", -120)
            json.member("b", "x\"\u{02}\n")
            json.member("none", ifPresent: nil)
            json.array("c", of: [1, 2]) { json, number in json.object { $0.member("n", number) } }
            json.object("d") { _ in }
        }
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"a":-120,"b":"x\"\u0002\n","c":[{"n":1},{"n":2}],"d":{}}"#)
    }
}

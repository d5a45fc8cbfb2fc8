import Foundation
import JSON
import Logging
import Testing

@testable import Workers

@Suite struct LogLinesTests {
    private let time = Date(timeIntervalSince1970: 1_794_355_200.123)

    @Test func `a line of JSON has its own members once, and a message's id beside them`() throws {
        let lines = LogLines(label: "sluice.work", level: .info, format: .json)
        let bytes = lines.line(at: time, .notice, "put off", [("message", "01a2"), ("order", "dd70"), ("level", "x")])
        var json = try JSONObject(parsing: bytes)
        #expect(try json.string("at") == "2026-11-11T00:00:00.123Z")
        #expect(try json.string("level") == "notice")
        #expect(try json.string("logger") == "sluice.work")
        #expect(try json.string("message") == "put off")
        #expect(try json.string("message_id") == "01a2")
        #expect(try json.string("order") == "dd70")
        #expect(try json.string("level_") == "x")
        try json.done()
    }

    @Test func `a line of text stays one line whatever is logged`() {
        let lines = LogLines(label: "sluice.work", level: .info, format: .text)
        let text = String(decoding: lines.line(at: time, .error, "two\nlines", [("reason", "a \"quoted\"\r\u{1B}[2J word")]), as: UTF8.self)
        #expect(text == #"00:00:00.123 error    two lines reason="a \"quoted\"  [2J word""#)
    }
}

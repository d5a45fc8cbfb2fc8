import Testing

@testable import Intake

@Suite struct LineSplitterTests {
    private func lines(_ pieces: [String], limit: Int = 5) -> [LineSplitter.Line] {
        var splitter = LineSplitter(limit: limit)
        var lines: [LineSplitter.Line] = []
        for piece in pieces { lines += splitter.take(piece.utf8) }
        if let rest = splitter.rest() { lines.append(rest) }
        return lines
    }

    @Test(arguments: [["ab\ncd\r\n\nef"], ["a", "b\nc", "d\r", "\n", "\nef"], ["ab\ncd\r\n\nef\n"]])
    func `lines are the same however they come in`(pieces: [String]) {
        #expect(lines(pieces) == ["ab", "cd", "", "ef"].map { .text(Array($0.utf8)) })
    }

    @Test func `a line that is too long is dropped and its neighbours are not`() {
        #expect(lines(["abcde\nabcdef\nab\n", "abcdefgh"]) == [.text(Array("abcde".utf8)), .tooLong, .text(Array("ab".utf8)), .tooLong])
    }

    @Test func `an allowance gives its places out once and takes them back`() {
        let allowance = Allowance(2)
        var first = allowance.permit()
        let second = allowance.permit()
        #expect(first != nil && second != nil && allowance.permit() == nil)
        first = nil
        #expect(allowance.permit() != nil)
    }
}

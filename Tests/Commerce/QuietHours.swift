import Commerce
import FoundationEssentials
import Testing

@Suite struct QuietHoursTests {
    /// 2026-10-05, at an hour and minute of Beijing time.
    private func beijing(_ hour: Int, _ minute: Int, day: Int = 0) -> Date {
        Date(timeIntervalSince1970: Double(1_791_129_600 + day * 86_400 + hour * 3600 + minute * 60))
    }

    @Test func `the night ends at eight, on whichever side of midnight it is`() {
        #expect(QuietHours.night.end(at: beijing(21, 59)) == nil)
        #expect(QuietHours.night.end(at: beijing(22, 0)) == beijing(8, 0, day: 1))
        #expect(QuietHours.night.end(at: beijing(3, 0)) == beijing(8, 0))
        #expect(QuietHours.night.end(at: beijing(7, 59)) == beijing(8, 0))
        #expect(QuietHours.night.end(at: beijing(8, 0)) == nil)
    }

    @Test func `hours within a day are quiet within that day`() {
        let noon = QuietHours(parsing: "12:30-14:00")!
        #expect(noon.end(at: beijing(12, 29)) == nil)
        #expect(noon.end(at: beijing(12, 30)) == beijing(14, 0))
        #expect(noon.end(at: beijing(14, 0)) == nil)
    }

    @Test func `a zone may be named`() {
        let tokyo = QuietHours(parsing: "22:00-08:00+09:00")!
        #expect(tokyo.end(at: beijing(21, 0)) == beijing(7, 0, day: 1))
        #expect(QuietHours(parsing: "22:00-08:00-05:00")!.end(at: beijing(12, 0)) == beijing(21, 0))
    }

    @Test func `the time is kept to the second before quiet ends, never in the past`() {
        for second in stride(from: 0, to: 86_400, by: 37) {
            let now = beijing(0, 0).addingTimeInterval(Double(second) + 0.5)
            if let end = QuietHours.night.end(at: now) {
                #expect(end > now)
                #expect(QuietHours.night.end(at: end) == nil)
            }
        }
    }

    @Test(arguments: ["", "22-08", "24:00-08:00", "22:60-08:00", "22:00-08:00 ", "22:00-08:00*09:00", "22:00-08:00+15:00", "aa:bb-cc:dd"])
    func `what is not a span of hours is refused`(text: String) {
        #expect(QuietHours(parsing: text) == nil)
    }

    @Test func `none is never quiet`() {
        #expect(QuietHours(parsing: "none")!.end(at: beijing(3, 0)) == nil)
    }
}

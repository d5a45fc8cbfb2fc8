/// Cuts what comes in piece by piece into lines, each within a bound.
struct LineSplitter: Sendable {
    enum Line: Sendable, Equatable {
        /// Without its end.
        case text([UInt8])
        /// Longer than the bound: what was in it is dropped.
        case tooLong
    }

    private let limit: Int
    private var held: [UInt8] = []
    private var isTooLong = false

    /// - Parameter limit: bytes of a line.
    init(limit: Int) {
        self.limit = limit
    }

    /// The lines that end in what came in.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [Line] {
        var lines: [Line] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(end())
            } else if isTooLong {
                continue
            } else if held.count < limit {
                held.append(byte)
            } else {
                isTooLong = true
                held = []
            }
        }
        return lines
    }

    /// The last line, where nothing ended it.
    mutating func rest() -> Line? {
        held.isEmpty && !isTooLong ? nil : end()
    }

    private mutating func end() -> Line {
        defer {
            held.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        if isTooLong { return .tooLong }
        if held.last == UInt8(ascii: "\r") { held.removeLast() }
        return .text(held)
    }
}

internal import Foundation
internal import Glibc
internal import JSON
internal import Synchronization

/// What `sluice up` tells: lines for people, with a block below them that is redrawn on a terminal; or JSON, one event a line.
final class Reporter: Sendable {
    private struct State {
        /// Lines of the block that stand on the terminal now.
        var drawn = 0
        var block: [String] = []
        var plainAt = ContinuousClock.now
        var plainLine = ""
    }

    private let state = Mutex(State())
    private let isJSON: Bool
    private let isTerminal: Bool
    /// How often progress is told where it can't be redrawn.
    private static let plainInterval: Duration = .seconds(5)

    init(json: Bool) {
        isJSON = json
        isTerminal = !json && isatty(STDOUT_FILENO) == 1
    }

    /// Tells people something. With JSON it goes to standard error.
    func say(_ text: String) {
        state.withLock { state in
            erase(&state)
            put(text + "\n", to: isJSON ? STDERR_FILENO : STDOUT_FILENO)
            draw(&state)
        }
    }

    /// Tells scripts something: nothing unless JSON is wanted.
    func event(_ name: String, _ content: (inout JSONWriter) -> Void) {
        guard isJSON else { return }
        let bytes = JSONWriter.object { json in
            json.member("event", name)
            content(&json)
        }
        put(String(decoding: bytes, as: UTF8.self) + "\n", to: STDOUT_FILENO)
    }

    /// Shows how far things are: the block on a terminal, the line elsewhere.
    func progress(block: [String], line: String) {
        if isJSON { return }
        state.withLock { state in
            if isTerminal {
                erase(&state)
                state.block = block
                draw(&state)
            } else if ContinuousClock.now - state.plainAt >= Self.plainInterval, line != state.plainLine {
                state.plainAt = .now
                state.plainLine = line
                put(line + "\n", to: STDOUT_FILENO)
            }
        }
    }

    /// Leaves the block as it stands, and goes on below it.
    func endProgress() {
        state.withLock { state in
            state.drawn = 0
            state.block = []
        }
    }

    private func erase(_ state: inout State) {
        if state.drawn > 0 { put("\u{1B}[\(state.drawn)A\u{1B}[J", to: STDOUT_FILENO) }
        state.drawn = 0
    }

    private func draw(_ state: inout State) {
        guard isTerminal, !state.block.isEmpty else { return }
        var size = winsize()
        let width = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
        // A line that wraps would take two, and the next redrawing would miss one.
        put(state.block.map { String($0.prefix(width - 1)) + "\n" }.joined(), to: STDOUT_FILENO)
        state.drawn = state.block.count
    }

    private func put(_ text: String, to descriptor: Int32) {
        var bytes = ArraySlice(text.utf8)
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

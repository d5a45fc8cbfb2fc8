public import FoundationEssentials
internal import Glibc
internal import JSON
public import Logging

/// Writes log records to standard error, one line each, in one piece: lines of several processes on one terminal stay whole.
///
/// What is logged carries ids of orders and messages and never personal data; that is for those who log to see to.
public struct LogLines: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    private let label: String
    private let format: LogFormat

    /// The least level that is written to the log, and in which format.
    public init(label: String, level: Logger.Level, format: LogFormat) {
        self.label = label
        self.format = format
        logLevel = level
    }

    /// Makes this the log of the process, as the configuration says: text on a terminal and JSON otherwise, unless it is set.
    public static func bootstrap(_ configuration: Configuration) {
        let level = configuration.value(.logLevel) ?? .info
        let format = configuration.value(.logFormat) ?? (isatty(STDERR_FILENO) == 1 ? .text : .json)
        LoggingSystem.bootstrap { LogLines(label: $0, level: level, format: format) }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        if let error = event.error { all["error"] = "\(error)" }
        let sorted = all.sorted { $0.key < $1.key }
        var bytes = line(at: Date(), event.level, "\(event.message)", sorted)
        bytes.append(UInt8(ascii: "\n"))
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// The line without its end.
    func line(at time: Date, _ level: Logger.Level, _ message: String, _ metadata: [(key: String, value: Logger.MetadataValue)]) -> [UInt8]
    {
        switch format {
        case .json:
            return JSONWriter.object { json in
                json.member("at", Self.timestamp(time))
                json.member("level", level.rawValue)
                json.member("logger", label)
                json.member("message", message)
                for (key, value) in metadata {
                    json.name(Self.names[key] ?? key)
                    json.value("\(value)")
                }
            }
        case .text:
            let clock = Self.timestamp(time).dropFirst(11).dropLast(1)
            let tags = metadata.map { " \(Self.names[$0.key] ?? $0.key)=\(Self.quoted("\($0.value)"))" }.joined()
            return Array("\(clock) \(Self.padded(level.rawValue, 8)) \(Self.plain(message))\(tags)".utf8)
        }
    }

    /// A record's own members may not be there twice; what is called a message in the metadata is its id.
    private static let names = ["message": "message_id", "at": "at_", "level": "level_", "logger": "logger_"]

    /// A value that has spaces in it is quoted, so that it can be told where it ends.
    private static func quoted(_ text: String) -> String {
        let plain = plain(text)
        return plain.isEmpty || plain.contains(where: { $0 == " " || $0 == "\"" })
            ? "\"" + plain.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\"" : plain
    }

    /// What came from outside must not end a line, or move the cursor.
    private static func plain(_ text: String) -> String {
        text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
            ? String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 })) : text
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }

    /// `2026-11-11T00:00:00.123Z`.
    public static func timestamp(_ time: Date) -> String {
        let all = Int((time.timeIntervalSince1970 * 1_000).rounded())
        let milliseconds = ((all % 1_000) + 1_000) % 1_000
        var seconds = time_t((all - milliseconds) / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: some BinaryInteger, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        let day = "\(digits(parts.tm_year + 1_900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
        let clock = "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2)).\(digits(milliseconds, 3))"
        return "\(day)T\(clock)Z"
    }
}

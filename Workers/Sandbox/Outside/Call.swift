import FoundationEssentials
import JSON

/// A request as a party sees it: everything a signature may cover, byte for byte as it was sent.
struct Call: Sendable {
    let method: String
    /// Path and query as sent.
    let target: String
    /// The first segment of the path, which the real provider does not have: `/wechat`.
    let mount: String
    /// Headers by lower-case name; `host` among them.
    let headers: [String: String]
    let body: [UInt8]
    let now: Date

    /// The path below the mount, without the query.
    var path: Substring { target.dropFirst(mount.count).prefix { $0 != "?" } }

    /// The query as sent, without the question mark.
    var query: Substring {
        guard let mark = target.firstIndex(of: "?") else { return "" }
        return target[target.index(after: mark)...]
    }

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// What a party answers.
struct Reply: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    init(_ status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer in JSON.
    static func json(_ status: Int = 200, _ content: (inout JSONWriter) -> Void) -> Reply {
        Reply(status, headers: [("Content-Type", "application/json; charset=utf-8")], body: JSONWriter.object(content))
    }
}

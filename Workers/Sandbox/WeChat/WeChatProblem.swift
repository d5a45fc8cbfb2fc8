import FoundationEssentials
import JSON

/// An error as WeChat Pay answers it.
struct WeChatProblem: Error, Sendable {
    let status: Int
    let code: String
    let message: String
    /// The field that is wrong, as a JSON pointer.
    var field: String?

    init(_ status: Int, _ code: String, _ message: String, field: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.field = field
    }

    init(_ error: JSONError) {
        self.init(400, "PARAM_ERROR", "参数错误: \(error.problem)", field: error.pointer.isEmpty ? nil : error.pointer)
    }

    static let systemError = WeChatProblem(500, "SYSTEM_ERROR", "系统异常，请稍后重试")
    static let tooOften = WeChatProblem(429, "FREQUENCY_LIMITED", "频率超限，请降低请求频率")

    var reply: Reply {
        .json(status) { json in
            json.member("code", code)
            json.member("message", message)
            if let field {
                json.object("detail") { json in
                    json.member("field", field)
                    json.member("issue", message)
                    json.member("location", "body")
                }
            }
        }
    }

    /// 401 `SIGN_ERROR`, with what was verified against, cut short as WeChat Pay does.
    static func signature(_ refusal: WeChatSeal.Refusal, of call: Call) -> Reply {
        .json(401) { json in
            json.member("code", "SIGN_ERROR")
            json.member("message", refusal.message)
            guard let signed = refusal.signed else { return }
            json.object("detail") { json in
                json.object("detail") { $0.member("issue", "sign not match") }
                json.member("field", "signature")
                json.member("location", "authorization")
                json.object("sign_information") { json in
                    json.member("method", call.method)
                    json.member("url", call.target)
                    json.member(
                        "truncated_sign_message", String(decoding: signed.prefix(96).prefix { $0 != UInt8(ascii: "{") }, as: UTF8.self))
                    json.member("sign_message_length", signed.count)
                }
            }
        }
    }
}

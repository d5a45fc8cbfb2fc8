import FoundationEssentials
import JSON

/// The body of a Native prepay, read and checked as WeChat Pay does.
struct Prepay: Sendable {
    let trade: Trade

    init(parsing body: [UInt8], merchantNumber: String, applicationID: String) throws(WeChatProblem) {
        let claimed: (merchant: String, applicant: String)
        do throws(JSONError) {
            var json = try JSONObject(parsing: body)
            let applicant = try json.string("appid", 1...32)
            let merchant = try json.string("mchid", 1...32)
            let description = try json.string("description", 1...381)
            let number = try json.string("out_trade_no", 6...32)
            let expiry = try json.optionalString("time_expire", 1...64)
            let attach = try json.optionalString("attach", 0...128)
            let notifyURL = try json.string("notify_url", 1...255)
            var amount = try json.object("amount")
            let total = try amount.integer("total", 1...10_000_000_000)
            let currency = try amount.optionalString("currency", 1...16) ?? "CNY"
            guard OutNumber.isTrade(number) else {
                throw JSONError(pointer: "/out_trade_no", problem: "只能是数字、大小写字母_-|*")
            }
            guard notifyURL.hasPrefix("http://") || notifyURL.hasPrefix("https://"), !notifyURL.contains("?") else {
                throw JSONError(pointer: "/notify_url", problem: "通知地址必须为完整的URL，不能携带参数")
            }
            guard currency == "CNY" else { throw JSONError(pointer: "/amount/currency", problem: "仅支持CNY") }
            let expiresAt = expiry.map { BeijingTime.parse($0) }
            if case .some(.none) = expiresAt {
                throw JSONError(pointer: "/time_expire", problem: "不符合rfc3339格式: yyyy-MM-DDTHH:mm:ss+TIMEZONE")
            }
            let said = [applicant, merchant, description, expiry ?? "", attach ?? "", notifyURL, "\(total)"].joined(separator: "\n")
            trade = Trade(
                number: number, attach: attach, notifyURL: notifyURL, total: total, expiresAt: expiresAt ?? nil,
                parameters: Seed(said).number)
            claimed = (merchant, applicant)
        } catch {
            throw WeChatProblem(error)
        }
        guard claimed.merchant == merchantNumber else { throw WeChatProblem(400, "MCH_NOT_EXISTS", "商户号不存在", field: "/mchid") }
        guard claimed.applicant == applicationID else {
            throw WeChatProblem(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配", field: "/appid")
        }
    }
}

/// The merchant's own numbers.
enum OutNumber {
    /// `[0-9A-Za-z_\-|*]`, 6 to 32.
    static func isTrade(_ text: String) -> Bool { (6...32).contains(text.utf8.count) && text.utf8.allSatisfy { isAllowed($0) } }

    /// As a trade's, and `@`, up to 64.
    static func isRefund(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { isAllowed($0) || $0 == UInt8(ascii: "@") }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "|"), UInt8(ascii: "*"):
            true
        default: false
        }
    }
}

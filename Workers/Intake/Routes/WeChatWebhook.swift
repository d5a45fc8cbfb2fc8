internal import Commerce
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import Logging
internal import Providers

/// `POST /webhooks/wechat`: WeChat Pay tells how a payment went. Believed only with a genuine, recent signature; answered with
/// success only once the news is kept, so that what we can't keep is told again.
struct WeChatWebhook: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        guard let notifications = desk.weChat else { throw Problem.notFound("WeChat Pay is not configured here") }
        let body = try await request.body()
        let notification: WeChatNotification
        do throws(VerificationError) {
            notification = try notifications.open(header: { request.field(named: $0) }, body: body, now: desk.now())
        } catch {
            request.logger.warning("a WeChat Pay notification was refused", metadata: ["reason": "\(error)"])
            return fail(error.reason == .unreadable ? .badRequest : .unauthorized, error.description)
        }
        switch notification.content {
        case .transaction(let transaction):
            guard let message = message(of: transaction) else {
                request.logger.error(
                    "a WeChat Pay notification fits no order of ours", metadata: ["out_trade_no": "\(transaction.outTradeNo)"])
                return success
            }
            do throws(Problem) {
                try await desk.hand(message, order: message.order, at: time(of: transaction), seed: "wechat:\(notification.id)")
            } catch {
                return fail(.serviceUnavailable, error.detail)
            }
        case .refund(let refund):
            // The worker that asked for the refund watches it by itself.
            request.logger.info(
                "a refund moved", metadata: ["out_refund_no": "\(refund.outRefundNo)", "state": "\(refund.state.rawValue)"])
        case .other(let event):
            request.logger.info("a WeChat Pay event was left alone", metadata: ["event": "\(event)"])
        }
        return success
    }

    /// Nil where it is none of our payments, or not at an end.
    private func message(of transaction: WeChatTransaction) -> PaymentNotified? {
        guard let order = TradeNumber.id(transaction.outTradeNo), transaction.state.isPaid || transaction.state.isDead else { return nil }
        let report: PaymentReport = transaction.state.isPaid ? .success : transaction.state == .payError ? .failed : .closed
        return PaymentNotified(
            provider: "wechat", outTradeNo: transaction.outTradeNo, order: order, transactionID: transaction.transactionID,
            amount: transaction.total ?? 0, currency: transaction.currency ?? "CNY", state: report, at: transaction.paidAt ?? desk.now())
    }

    /// A repeat names the same time, so it gets the same message id; a time far off is no time of ours.
    private func time(of transaction: WeChatTransaction) -> Date {
        guard let paidAt = transaction.paidAt, abs(paidAt.timeIntervalSince(desk.now())) < 36 * 3_600 else { return desk.today }
        return paidAt
    }

    private var success: Response {
        .json(
            .ok,
            JSONWriter.object { json in
                json.member("code", "SUCCESS")
                json.member("message", "成功")
            })
    }

    /// Any status but 200 and 204 makes WeChat Pay tell it again.
    private func fail(_ status: HTTPResponse.Status, _ message: String) -> Response {
        var response = Response.json(
            status,
            JSONWriter.object { json in
                json.member("code", "FAIL")
                json.member("message", message)
            })
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "WECHATPAY2-SHA256-RSA2048" }
        return response
    }
}

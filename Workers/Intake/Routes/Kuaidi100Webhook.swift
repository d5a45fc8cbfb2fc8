internal import Commerce
internal import Crypto
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import Logging
internal import Providers

/// `POST /webhooks/kuaidi100`: Kuaidi100 tells where a parcel is. Answered with success only once the news is kept.
struct Kuaidi100Webhook: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        guard let pushes = desk.kuaidi100 else { throw Problem.notFound("Kuaidi100 is not configured here") }
        try request.expect("application/x-www-form-urlencoded")
        let body = try await request.body()
        let push: Kuaidi100Push
        do throws(VerificationError) { push = try pushes.open(body: body) } catch {
            request.logger.warning("a Kuaidi100 push was refused", metadata: ["reason": "\(error)"])
            return fail(error.reason == .unreadable ? .badRequest : .unauthorized, error.description)
        }
        guard let report = push.report else {
            // Nothing was found, or nothing more comes: the parcel is asked after by polling.
            request.logger.info("Kuaidi100 gave up on a parcel", metadata: ["status": "\(push.status.rawValue)"])
            return .json(.ok, Kuaidi100Push.success)
        }
        let message = report.tracked(carrier: push.correctedCarrier)
        let digest = Hexadecimal.text([UInt8](SHA256.hash(data: message.encoded())))
        do throws(Problem) {
            try await desk.hand(message, order: nil, at: desk.today, seed: "kuaidi100:\(digest)")
        } catch {
            return fail(.serviceUnavailable, error.detail)
        }
        return .json(.ok, Kuaidi100Push.success)
    }

    /// Anything but success makes Kuaidi100 push again.
    private func fail(_ status: HTTPResponse.Status, _ message: String) -> Response {
        .json(
            status,
            JSONWriter.object { json in
                json.member("result", false)
                json.member("returnCode", String(status.code))
                json.member("message", message)
            })
    }
}

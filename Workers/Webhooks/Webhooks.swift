internal import Commerce
internal import Database
internal import FoundationEssentials
internal import Store
internal import JSON
internal import Work

/// Tells storefronts and merchants, by calls that are signed as Standard Webhooks has it.
///
/// The id of a call is the message's, so whoever is told twice can know. An endpoint that is away holds up nobody else: it
/// is a party of its own, with a circuit of its own. One that answers 410 is not called again until it has another URL.
struct Webhooks: Worker {
    let directory: EndpointDirectory
    let caller: WebhookCaller
    /// How long an endpoint that is away is waited for.
    var patience: Duration = .seconds(3 * 86_400)

    enum Answer: Sendable, Equatable {
        /// It said yes.
        case delivered
        /// It said no, or can't be called at all; the status or the reason.
        case refused(String)
        /// It said that it is gone for good: the URL.
        case gone(String)
        /// There is nobody to tell.
        case noEndpoint
        /// It was away for too long.
        case givenUp
    }

    typealias Effect = WebhookEndpoints.Gone

    func decode(_ body: [UInt8], type: String) throws -> WebhookEvent {
        try WebhookEvent(body, type: type)
    }

    func party(of message: Received<WebhookEvent>) -> String? { Self.party(message.input.party) }

    static func party(_ party: UUID) -> String { "webhook \(party.text)" }

    func decide(_ message: Received<WebhookEvent>, _ answer: Answer, _ state: inout Void) throws -> Decision<Effect> {
        switch answer {
        case .delivered: return Decision("delivered")
        case .refused(let reason): return Decision("refused_\(reason)")
        case .noEndpoint: return Decision("no_endpoint")
        case .givenUp: return Decision("given_up")
        case .gone(let url):
            return Decision("gone", Effect(party: message.input.party, url: url, at: message.now, message: message.id))
        }
    }

    func save(_ effects: [Effect]) -> [Query] { [WebhookEndpoints.retire(effects)] }
}

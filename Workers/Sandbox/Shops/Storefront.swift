import JSON

/// A storefront: it takes the news of its orders.
struct Storefront: Party {
    let inbox: WebhookInbox

    func answer(_ call: Call) -> Reply {
        if case .refused(let reply) = inbox.take(call) { return reply }
        return Reply(204)
    }

    func trouble(_ trouble: Trouble) -> Reply { .shop(trouble) }

    func report(_ json: inout JSONWriter) { inbox.report(&json) }
}

extension Reply {
    static func shop(_ trouble: Trouble) -> Reply {
        switch trouble {
        case .broken: Reply(500)
        case .busy: Reply(429, headers: [("Retry-After", "1")])
        }
    }
}

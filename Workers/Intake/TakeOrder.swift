internal import Commerce
internal import FoundationEssentials
internal import JSON
internal import Store

/// An Idempotency-Key: 1 to 200 visible characters of ASCII.
struct IdempotencyKey: Sendable {
    let text: String

    /// The quotes of a structured field (draft-ietf-httpapi-idempotency-key-header) are dropped.
    init?(_ text: String) {
        var text = text
        if text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = String(text.dropFirst().dropLast()) }
        guard (1...200).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        self.text = text
    }
}

/// Who submits orders: what is the same for all orders of a request.
struct Submitter: Sendable {
    let storefront: UUID
    /// Of buyers whose order names none.
    let language: Language
    let traceparent: String?

    init(_ storefront: UUID, _ key: StoredKey, _ request: IncomingRequest) {
        self.storefront = storefront
        language = Language(rawValue: key.locale) ?? .chinese
        traceparent = request.traceparent
    }
}

extension Desk {
    /// Takes an order; returns its id once there is a durable yes, or was one before.
    /// - Parameters:
    ///   - digest: the SHA-256 of what was submitted.
    ///   - read: validates what was submitted, where that is not known to have been done before.
    func take(
        _ key: IdempotencyKey, digest: [UInt8], from submitter: Submitter, _ read: () throws(JSONError) -> Submission
    ) async throws -> UUID {
        let order = OrderID.make(storefront: submitter.storefront, key: key.text)
        let entry = RecentOrders.Entry(digest: RecentOrders.Digest(digest), storefront: submitter.storefront)
        if let known = recent.entry(of: order) {
            guard known.digest == entry.digest else { throw Problem.keyReused }
            return order
        }
        let submission: Submission
        do { submission = try read() } catch { throw Problem.invalid(error) }
        let now = now()
        let message = OrderSubmitted(
            order: order, storefront: submitter.storefront, key: key.text, digest: digest, currency: submission.currency,
            method: submission.method, locale: submission.locale ?? submitter.language, buyer: try buyer(of: submission, order: order),
            lines: submission.lines, freight: submission.freight, discount: submission.discount, total: submission.total,
            submittedAt: now)
        try await hand(message, order: order, at: now, seed: order.text, traceparent: submitter.traceparent)
        recent.remember(order, entry)
        return order
    }

    private func buyer(of submission: Submission, order: UUID) throws -> Buyer {
        Buyer(
            ref: submission.buyerReference, sealed: try sealing.seal(submission.person, order: order),
            phoneIndex: index.index(of: submission.person.phone), region: submission.region)
    }
}

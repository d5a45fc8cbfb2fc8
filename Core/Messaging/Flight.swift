internal import Synchronization

/// Publications that go out together and whose publisher waits for all their confirmations.
final class Flight: Sendable {
    let publications: [Publication]
    let pending: Pending<[Confirmation]>
    /// Set before the first of them is sent: from then on their fate is unknown until it is confirmed.
    let hasBegun: Flag

    init(_ publications: [Publication], _ pending: Pending<[Confirmation]>, _ hasBegun: Flag) {
        self.publications = publications
        self.pending = pending
        self.hasBegun = hasBegun
    }
}

/// Something that becomes true once.
final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

/// How far a flight is. Lives on the publishing connection's thread.
final class FlightProgress {
    let flight: Flight
    /// How many were sent.
    private(set) var sent = 0
    private var settled = 0
    private var confirmations: [Confirmation]

    init(_ flight: Flight) {
        self.flight = flight
        confirmations = [Confirmation](repeating: .confirmed, count: flight.publications.count)
    }

    var unsent: ArraySlice<Publication> { flight.publications[sent...] }
    var isSent: Bool { sent == flight.publications.count }

    func advance(by count: Int) { sent += count }

    /// One of them came back; its ack follows.
    func returned(_ index: Int, code: Int, text: String) { confirmations[index] = .returned(code: code, text: text) }

    /// The broker is done with these. The publisher hears of it once it is done with all.
    func settle(_ indices: Range<Int>, isNack: Bool) {
        if isNack {
            for index in indices { confirmations[index] = .nacked }
        }
        settled += indices.count
        if settled == confirmations.count { flight.pending.finish(.success(confirmations)) }
    }

    func fail(_ error: MessagingError) { flight.pending.finish(.failure(error)) }

    /// Whether this is the publication that came back.
    func matches(_ index: Int, _ content: Content) -> Bool {
        let publication = flight.publications[index]
        return publication.properties.messageID == content.properties.messageID && publication.routingKey == content.routingKey
            && publication.exchange == content.exchange
    }
}

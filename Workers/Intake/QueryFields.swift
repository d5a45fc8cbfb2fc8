internal import Commerce
internal import FoundationEssentials
internal import JSON
internal import Providers

/// The parameters of a query, taken one by one by names the route knows; ``done()`` refuses what nobody took.
struct QueryFields: Sendable {
    private var fields: [(name: String, value: String)] = []

    /// Parameters of a query, at most.
    static let limit = 32

    init(_ query: String?) throws(Problem) {
        guard let query, !query.isEmpty else { return }
        for field in query.split(separator: "&", maxSplits: Self.limit, omittingEmptySubsequences: true) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decode(parts[0], isForm: true), fields.count < Self.limit else {
                throw .badRequest("the query can't be read: at most \(Self.limit) parameters, percent-encoded UTF-8")
            }
            guard let value = PercentCoding.decode(parts.count > 1 ? parts[1] : "", isForm: true) else {
                throw .parameter(name, "is not percent-encoded UTF-8", status: 400)
            }
            guard !fields.contains(where: { $0.name == name }) else { throw .parameter(name, "stands twice", status: 400) }
            fields.append((name, value))
        }
    }

    /// The parameter's text, or nil where it is absent.
    mutating func text(_ name: String) -> String? {
        guard let index = fields.firstIndex(where: { $0.name == name }) else { return nil }
        return fields.remove(at: index).value
    }

    /// Refuses a parameter that nobody took, and names it.
    func done() throws(Problem) {
        if let field = fields.first { throw .parameter(field.name, "is not known here", status: 400) }
    }

    // MARK: - Typed parameters

    /// A whole number within bounds.
    mutating func integer(_ name: String, _ bounds: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text), bounds.contains(value) else {
            throw .parameter(name, "a whole number from \(bounds.lowerBound) to \(bounds.upperBound) was expected")
        }
        return value
    }

    /// A case of an enumeration.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, as type: Choice.Type) throws(Problem) -> Choice? {
        guard let text = text(name) else { return nil }
        guard let value = Choice(rawValue: text) else {
            throw .parameter(name, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
        }
        return value
    }

    /// A time (RFC 3339), with its offset.
    mutating func time(_ name: String) throws(Problem) -> Date? {
        guard let text = text(name) else { return nil }
        // A plus that was not encoded came as a space.
        guard let value = RFC3339.date(text.replacing(" ", with: "+")) else {
            throw .parameter(name, "a time such as 2026-11-11T00:00:00+08:00 was expected")
        }
        return value
    }

    /// A UUID.
    mutating func uuid(_ name: String) throws(Problem) -> UUID? {
        guard let text = text(name) else { return nil }
        guard let value = UUID(text: text) else { throw .parameter(name, "a UUID was expected") }
        return value
    }
}

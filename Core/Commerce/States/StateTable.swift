/// A kind of thing that has states: its legal transitions are declared in one table, and its names in both languages.
public protocol State: RawRepresentable<String>, Sendable, CaseIterable, Hashable {
    /// From each state, the states that may follow; a state without followers is final.
    static var transitions: [Self: Set<Self>] { get }

    /// What people read.
    func name(in language: Language) -> String
}

extension State {
    /// Whether `next` may follow this state.
    public func mayBecome(_ next: Self) -> Bool {
        Self.transitions[self]?.contains(next) == true
    }

    /// Whether nothing may follow.
    public var isFinal: Bool { Self.transitions[self]?.isEmpty ?? true }
}

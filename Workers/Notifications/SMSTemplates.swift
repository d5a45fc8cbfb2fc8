internal import Commerce

/// The templates that were registered with the SMS provider: one for each kind of notice and language.
struct SMSTemplates: Sendable {
    private let names: @Sendable (NoticeKind, Language) -> String

    init(_ names: @escaping @Sendable (NoticeKind, Language) -> String) {
        self.names = names
    }

    /// `SMS_DISPATCHED_ZH` and so on.
    static let standard = SMSTemplates { kind, language in
        "SMS_\(kind.rawValue.uppercased())_\(language.rawValue.uppercased())"
    }

    /// The template's code.
    func name(of notice: Notice) -> String { names(notice.kind, notice.reference.locale) }
}

internal import Commerce
internal import JSON

extension JSONWriter {
    /// What people read for a state, in both languages: the member `state_text`.
    mutating func words(chinese: String, english: String) {
        object("state_text") { json in
            json.member("zh", chinese)
            json.member("en", english)
        }
    }

    /// What people read for a state, in both languages: the member `state_text`.
    mutating func words(of state: some State) {
        words(chinese: state.name(in: .chinese), english: state.name(in: .english))
    }
}

/// The languages buyers are told in.
public enum Language: String, Sendable, CaseIterable {
    case chinese = "zh"
    case english = "en"
}

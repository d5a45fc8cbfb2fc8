internal import Commerce
internal import Logging

extension ConfigurationType where Value == String {
    static let text = ConfigurationType(form: "a text", example: "Sluice") { text in
        text.isEmpty ? .problem("is empty") : .value(text)
    }

    static let path = ConfigurationType(form: "the path of a file", example: "/etc/sluice/wechat.pem") { text in
        text.isEmpty ? .problem("is empty") : .value(text)
    }

    /// A URL with one of these schemes, and a host.
    static func url(_ schemes: String..., example: String) -> ConfigurationType {
        ConfigurationType(form: "a URL that begins with " + schemes.map { "\($0)://" }.joined(separator: " or "), example: example) {
            text in
            guard let scheme = schemes.first(where: { text.hasPrefix("\($0)://") }) else { return .problem("has another beginning") }
            let rest = text.dropFirst(scheme.utf8.count + 3)
            guard let first = rest.first, first != "/" || scheme.hasPrefix("postgres") else { return .problem("names no host") }
            return text.contains(where: \.isWhitespace) ? .problem("has a space in it") : .value(text)
        }
    }

    /// Where a base is meant that paths are appended to.
    static func base(example: String) -> ConfigurationType {
        let url = url("http", "https", example: example)
        return ConfigurationType(form: url.form + ", without a slash at its end", example: example) { text in
            text.hasSuffix("/") ? .problem("ends with a slash") : url.read(text)
        }
    }

    static let sealingKeys = ConfigurationType(
        form: "id:base64 of 32 bytes, several separated by commas, the first seals", example: "k1:$(head -c 32 /dev/urandom | base64)"
    ) { text in
        do throws(SealingError) {
            _ = try Sealing(keys: text)
            return .value(text)
        } catch { return .problem("cannot be used: \(error)") }
    }

    static let secretKey = ConfigurationType(
        form: "the base64 of at least 32 bytes", example: "$(head -c 32 /dev/urandom | base64)"
    ) { text in
        do throws(SealingError) {
            _ = try BlindIndex(key: text)
            return .value(text)
        } catch { return .problem("is too short, or not base64") }
    }

    static func length(_ count: Int) -> ConfigurationType {
        ConfigurationType(form: "\(count) characters", example: String(repeating: "x", count: count)) { text in
            text.utf8.count == count ? .value(text) : .problem("has \(text.utf8.count) characters")
        }
    }
}

extension ConfigurationType where Value == [String] {
    static let list = ConfigurationType(form: "texts separated by commas", example: "127.0.0.1:8090,10.1.0.0/16") { text in
        .value(text.split(separator: ",").map { String($0.drop { $0 == " " }) })
    }
}

extension ConfigurationType where Value == Int {
    static let port = number(1...65_535, example: 8080)

    static func number(_ bounds: ClosedRange<Int>, example: Int) -> ConfigurationType {
        ConfigurationType(form: "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)", example: "\(example)") { text in
            guard let number = Int(text) else { return .problem("is no whole number") }
            return bounds.contains(number) ? .value(number) : .problem("is out of bounds")
        }
    }
}

extension ConfigurationType where Value == Duration {
    /// A duration with its unit, for instance `500ms`, `5s`, `30m`, `12h` or `7d`.
    static func duration(_ bounds: ClosedRange<Duration>, example: String) -> ConfigurationType {
        let form = "a duration with its unit (ms, s, m, h or d) from \(Self.text(bounds.lowerBound)) to \(Self.text(bounds.upperBound))"
        return ConfigurationType(form: form, example: example) { text in
            guard let duration = Self.parse(text) else { return .problem("is no whole number with a unit") }
            return bounds.contains(duration) ? .value(duration) : .problem("is out of bounds")
        }
    }

    private static let units: [(name: String, duration: Duration)] = [
        ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3_600)), ("d", .seconds(86_400)),
    ]

    private static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text[digits.endIndex...]
        // Nine digits of days are not yet an overflow.
        guard digits.count <= 9, let number = Int(digits), let factor = units.first(where: { $0.name == unit }) else { return nil }
        return factor.duration * number
    }

    private static func text(_ duration: Duration) -> String {
        let unit = units.last { $0.duration <= duration && duration.remainder(by: $0.duration) == .zero } ?? units[0]
        return "\(Int(duration / unit.duration))\(unit.name)"
    }
}

extension Duration {
    fileprivate func remainder(by unit: Duration) -> Duration { self - unit * Int((self / unit).rounded(.down)) }
}

extension ConfigurationType where Value == QuietHours {
    static let quietHours = ConfigurationType(
        form: "two times of the day, with a zone where it isn't China's, or 'none'", example: "22:00-08:00"
    ) {
        text in
        QuietHours(parsing: text).map { .value($0) } ?? .problem("cannot be read")
    }
}

extension ConfigurationType where Value == Logger.Level {
    static let logLevel = ConfigurationType(
        form: "one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", "), example: "info"
    ) {
        text in
        Logger.Level(rawValue: text).map { .value($0) } ?? .problem("is none of them")
    }
}

extension ConfigurationType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static func choice(example: Value) -> ConfigurationType {
        let all = Value.allCases.map(\.rawValue)
        return ConfigurationType(form: "one of " + all.joined(separator: ", "), example: example.rawValue) { text in
            Value(rawValue: text).map { .value($0) } ?? .problem("is none of them")
        }
    }
}

import Commerce
import Testing
import Workers

@Suite struct ConfigurationTests {
    private func problems(_ environment: [String: String]) -> [String] {
        do throws(ConfigurationError) {
            _ = try Configuration(environment: environment)
            return []
        } catch { return error.problems }
    }

    @Test func `an empty environment is a configuration, with every default readable`() throws {
        let configuration = try Configuration(environment: [:])
        #expect(configuration.value(.intakePort) == 8080)
        #expect(configuration.value(.paymentWindow) == .seconds(1_800))
        #expect(configuration.value(.confirmationWindow) == .seconds(7 * 86_400))
        #expect(configuration.value(.quietHours) == QuietHours.night)
        #expect(configuration.value(.amqpURL) == nil)
        for entry in configuration.entries {
            #expect(!entry.summary.isEmpty && !entry.form.isEmpty && !entry.example.isEmpty)
            if let text = entry.defaultText { #expect(problems([entry.name: text]) == []) }
        }
    }

    @Test func `no key is defined twice`() throws {
        let names = try Configuration(environment: [:]).entries.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: [
        ("SLUICE_AMQP_URL", "http://localhost"), ("SLUICE_AMQP_URL", "amqp://"), ("SLUICE_DATABASE_URL", "localhost"),
        ("SLUICE_INTAKE_PORT", "0"), ("SLUICE_INTAKE_PORT", "65536"), ("SLUICE_INTAKE_PORT", "http"),
        ("SLUICE_PUBLIC_URL", "https://a.example/"), ("SLUICE_SEALING_KEYS", "k1:short"), ("SLUICE_INDEX_KEY", "c2hvcnQ="),
        ("SLUICE_WECHAT_APIV3_KEY", "short"), ("SLUICE_PAYMENT_WINDOW", "30"), ("SLUICE_PAYMENT_WINDOW", "0s"),
        ("SLUICE_PAYMENT_WINDOW", "999999999d"), ("SLUICE_QUIET_HOURS", "22-8"), ("SLUICE_LOG_LEVEL", "loud"), ("SLUICE_LOG_FORMAT", "xml"),
        ("SLUICE_JOURNAL_DAYS", "1"),
    ])
    func `a value that cannot be used is refused with its key and an example`(_ name: String, _ value: String) throws {
        let problem = try #require(problems([name: value]).first)
        #expect(problem.hasPrefix(name) && problem.contains("for example"))
    }

    @Test(arguments: [
        ("1500ms", Duration.milliseconds(1_500)), ("5s", .seconds(5)), ("30m", .seconds(1_800)), ("12h", .seconds(43_200)),
        ("7d", .seconds(604_800)),
    ])
    func `durations carry their unit`(_ text: String, _ duration: Duration) throws {
        #expect(try Configuration(environment: ["SLUICE_PAYMENT_WINDOW": text]).value(.paymentWindow) == duration)
    }

    @Test func `every problem is reported at once`() {
        #expect(problems(["SLUICE_INTAKE_PORT": "x", "SLUICE_LOG_LEVEL": "x", "SLUICE_NOTHING_LIKE_IT": "x"]).count == 3)
    }

    @Test func `a name that is no key is refused, with the key that was meant`() {
        #expect(
            problems(["SLUICE_AMPQ_URL": "amqp://a"]) == ["SLUICE_AMPQ_URL is no key of the configuration; did you mean SLUICE_AMQP_URL?"])
        #expect(problems(["PATH": "x", "SLUICE_TEST_AMQP_URL": "x"]) == [])
    }

    @Test func `a variable set to nothing is not set`() {
        #expect(problems(["SLUICE_INTAKE_PORT": ""]) == [])
    }

    @Test func `an error never shows a secret`() throws {
        let problem = try #require(problems(["SLUICE_WECHAT_APIV3_KEY": "hunter2"]).first)
        #expect(!problem.contains("hunter2"))
    }

    @Test func `what is required and missing is an error that says how to set it`() throws {
        let error = #expect(throws: ConfigurationError.self) { try Configuration(environment: [:]).require(.databaseURL) }
        #expect(error?.problems.first?.contains("SLUICE_DATABASE_URL=postgresql://") == true)
    }
}

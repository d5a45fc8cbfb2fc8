internal import Commerce

extension Notifications {
    /// Notifications as the configuration has them.
    init(_ environment: Environment, _ outside: Outside) throws {
        self.init(quietHours: try environment.configuration.require(.quietHours), sendsSMS: outside.sms != nil)
    }
}

extension TextMessages {
    /// SMS as the configuration has them.
    init(_ environment: Environment, _ outside: Outside) throws {
        let sender = try outside.sms.map { sms in
            SMSSender(sms, sealing: try Sealing(keys: try environment.configuration.require(.sealingKeys)))
        }
        self.init(
            sender: sender, ledger: SMSLedger(environment.database), quietHours: try environment.configuration.require(.quietHours))
    }
}

internal import Commerce
internal import FoundationEssentials
internal import JSON
internal import Providers

/// Who sends SMS.
struct SMSSender: Sendable {
    /// The party, for its circuit.
    let party: String
    /// Sends one. Returns the provider's name for it.
    let send: @Sendable (SMS) async throws(ProviderError) -> String
    /// The phone of an order's buyer, from the sealed data: known only while an SMS is sent, never kept, never logged.
    let phone: @Sendable (_ sealed: String, _ order: UUID) throws(SealingError) -> PhoneNumber
    let templates: SMSTemplates

    init(
        party: String, templates: SMSTemplates = .standard, send: @escaping @Sendable (SMS) async throws(ProviderError) -> String,
        phone: @escaping @Sendable (_ sealed: String, _ order: UUID) throws(SealingError) -> PhoneNumber
    ) {
        self.party = party
        self.templates = templates
        self.send = send
        self.phone = phone
    }

    /// Alibaba Cloud.
    init(_ aliyun: AliyunSMS, sealing: Sealing, templates: SMSTemplates = .standard) {
        self.init(
            party: AliyunSMS.party, templates: templates, send: { sms throws(ProviderError) in try await aliyun.send(sms) },
            phone: { sealed, order throws(SealingError) in try sealing.person(sealed, order: order).phone })
    }

    /// The SMS of a notice. Its `OutId` is the message's id: the same on every attempt, so that receipts find it.
    func sms(_ notice: Notice, message: UUID, sealed: String) throws(SealingError) -> SMS {
        let number = try phone(sealed, notice.reference.order).e164
        // Aliyun takes mainland numbers bare and others with their country's code, neither with a plus.
        let digits = number.hasPrefix("+86") ? number.dropFirst(3) : number.dropFirst(1)
        return SMS(
            phone: String(digits), template: templates.name(of: notice), parameters: notice.smsVariables, outID: message.text)
    }
}

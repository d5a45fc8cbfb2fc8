internal import Commerce
internal import FoundationEssentials
internal import Providers

/// What tracking asks of a courier's interface.
struct Courier: Sendable {
    /// The party, for its circuit.
    let party: String
    /// Asks to be told of a parcel. Asking twice is harmless.
    let subscribe: @Sendable (_ carrier: String, _ waybill: String, _ phone: String?) async throws(ProviderError) -> Void
    /// Asks where a parcel is; nil when nothing is known yet.
    let report: @Sendable (_ carrier: String, _ waybill: String, _ phone: String?) async throws(ProviderError) -> TrackingReported?
    /// Whether a carrier tells of its parcels only to who knows the last digits of the buyer's phone.
    let wantsPhone: @Sendable (_ carrier: String) -> Bool
    /// The last four digits of the buyers' phones, by order; who can't be read is left out. Never kept, never logged.
    let phones: @Sendable (_ orders: [UUID]) async throws -> [UUID: String]
}

extension Courier {
    /// Carriers that Kuaidi100 wants the phone's last digits for.
    private static let secretive: Set = ["shunfeng", "shunfengkuaiyun", "fengwang", "zhongtong"]

    /// Kuaidi100.
    init(_ kuaidi100: Kuaidi100, phones: @escaping @Sendable (_ orders: [UUID]) async throws -> [UUID: String]) {
        self.init(
            party: Kuaidi100.party,
            subscribe: { carrier, waybill, phone throws(ProviderError) in
                _ = try await kuaidi100.subscribe(carrier: carrier, waybill: waybill, phone: phone)
            },
            report: { carrier, waybill, phone throws(ProviderError) in
                try await kuaidi100.report(carrier: carrier, waybill: waybill, phone: phone)?.tracked()
            },
            wantsPhone: { Self.secretive.contains($0) }, phones: phones)
    }
}

internal import Commerce
internal import Database
internal import FoundationEssentials
internal import Providers
internal import Store

extension Tracking {
    /// Tracking as the configuration has it.
    init(_ environment: Environment, _ outside: Outside) throws {
        let first = try environment.configuration.require(.trackingFirst)
        let longest = try environment.configuration.require(.trackingLongest)
        let schedule = PollSchedule(first: first, longest: max(first, longest))
        guard let kuaidi100 = outside.kuaidi100 else {
            self.init(courier: nil, schedule: schedule)
            return
        }
        let sealing = try Sealing(keys: try environment.configuration.require(.sealingKeys))
        let database = environment.database
        self.init(
            courier: Courier(kuaidi100) { orders in
                var phones: [UUID: String] = [:]
                for (order, sealed) in try Orders.sealed(from: try await database.query(Orders.sealed(of: orders))) {
                    phones[order] = (try? sealing.person(sealed, order: order)).map { String($0.phone.e164.suffix(4)) }
                }
                return phones
            }, schedule: schedule)
    }
}

import Commerce
import Database
import Foundation
import Logging
import Messaging
import Store
import Topology
import Work

@testable import Intake

extension Desk {
    /// A desk that is connected to nothing: for its map.
    static func unconnected() throws -> Desk {
        let logger = Logger(label: "test")
        let database = Database(configuration: DatabaseConfiguration(url: "postgres://127.0.0.1:1/none"), logger: logger)
        let place = Workplace(
            broker: Broker(configuration: try BrokerConfiguration(urls: "amqp://127.0.0.1:1"), logger: logger), database: database,
            topology: try Topology.parse(yaml: "exchange: sluice\nqueues:\n  placement:\n    handles: [order.submitted]\n"), logger: logger)
        let access = Access(database)
        let handover = Handover(place: place)
        return Desk(
            place: place, keys: KeyRing(access: access, pepper: try KeyPepper(base64: KeyPepper.new()), logger: logger), handover: handover,
            gauge: DepthGauge(place: place, type: OrderSubmitted.type, handover: handover), recent: RecentOrders(),
            hub: EventHub(access: access, logger: logger, now: { Date() }), sealing: try Sealing(keys: Sealing.newKeys(id: "test")),
            index: try BlindIndex(key: BlindIndex.newKey()), access: access, weChat: nil, kuaidi100: nil, publicURL: "", now: { Date() })
    }
}

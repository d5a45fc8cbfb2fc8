public import FoundationEssentials
public import JSON

/// Where a parcel is, in the three states that matter to an order.
public enum CourierState: String, Sendable, CaseIterable {
    /// With the courier, on its way.
    case moving
    case delivered
    /// Something a person should look at: refused, returned, lost sight of, damaged.
    case exception

    /// Kuaidi100's code, of one or two digits, or of three or four where advanced codes were asked for.
    /// Source: api.kuaidi100.com/document/5f0ffb5ebc8da837cbd8aefc.
    public init(kuaidi100 code: String) {
        switch code {
        case "3", "301", "302", "303", "304": self = .delivered
        case "2", "4", "401", "6", "13", "14": self = .exception
        case _ where code.utf8.count == 3 && code.hasPrefix("2"): self = .exception
        default: self = .moving
        }
    }
}

/// What a courier says about a parcel.
public struct CourierReport: Sendable, Equatable {
    /// One scan.
    public struct Event: Sendable, Equatable {
        public var at: Date
        /// Kuaidi100's code of this scan, where it gives one.
        public var code: String?
        public var text: String

        public init(at: Date, code: String? = nil, text: String) {
            self.at = at
            self.code = code
            self.text = text
        }
    }

    /// Kuaidi100's name of the courier, for instance `yuantong`.
    public var carrier: String
    public var waybill: String
    public var state: CourierState
    /// Kuaidi100's code of the whole.
    public var code: String
    /// Newest first, as they come.
    public var events: [Event]

    public init(carrier: String, waybill: String, state: CourierState, code: String, events: [Event]) {
        self.carrier = carrier
        self.waybill = waybill
        self.state = state
        self.code = code
        self.events = events
    }

    /// Reads the result of a query, or the `lastResult` of a push. A scan whose time can't be read is left out.
    public init(json: inout JSONObject) throws(JSONError) {
        carrier = try json.string("com", 0...64)
        waybill = try json.string("nu", 1...64)
        code = try json.string("state", 0...8)
        let isSigned = try json.optionalString("ischeck") == "1"
        events = []
        if json.value("data") != nil {
            let scans = try json.array("data", 0...1000) { value throws(JSONError) -> Event? in
                var scan = try JSONObject(value)
                let text = try scan.optionalString("context") ?? ""
                guard let at = RFC3339.beijing(plain: try scan.string("time")) else { return nil }
                return Event(at: at, code: try scan.optionalString("statusCode"), text: text)
            }
            events = scans.compactMap { $0 }
        }
        let mapped = CourierState(kuaidi100: code)
        state = isSigned && mapped == .moving ? .delivered : mapped
    }
}

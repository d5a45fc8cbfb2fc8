internal import Commerce
internal import FoundationEssentials
internal import JSON

/// An order as a storefront submits it, validated: nothing in it is unknown, out of bounds or does not add up.
struct Submission: Sendable, Equatable {
    var currency: Currency
    var method: PaymentMethod
    /// Nil where the storefront's is meant.
    var locale: Language?
    var buyerReference: String
    var person: Person
    /// Province, city, district: what shipping is planned by. Not sealed.
    var region: String
    var lines: [Line]
    var freight: Int64
    var discount: Int64
    var total: Int64

    // MARK: - Bounds

    /// Bytes of a body.
    static let bodyLimit = 256 * 1024
    /// Lines of an order.
    static let lineLimit = 1_000
    /// Pieces in a line.
    static let quantityLimit: Int64 = 9_999
    /// Minor units of any amount.
    static let amountLimit: Int64 = 1_000_000_000_000

    /// Reads and validates a body.
    /// - Throws: a ``JSONError`` that says where and what, without the value.
    init(parsing body: [UInt8]) throws(JSONError) {
        try self.init(try JSON.parse(body, limits: JSON.Limits(depth: 32)))
    }

    /// Validates an order.
    /// - Throws: a ``JSONError`` that says where in the order and what, without the value.
    init(_ order: JSON) throws(JSONError) {
        var json = try JSONObject(order)
        currency = try json.choice("currency", as: Currency.self)
        method = try json.choice("method", as: PaymentMethod.self)
        locale = try Self.locale(&json)
        lines = try json.array("lines", 1...Self.lineLimit) { value throws(JSONError) in try Self.line(value) }
        freight = try json.optionalInteger("freight", 0...Self.amountLimit) ?? 0
        discount = try json.optionalInteger("discount", 0...Self.amountLimit) ?? 0
        total = try json.integer("total", 0...Self.amountLimit)
        var buyer = try json.object("buyer")
        buyerReference = try Self.plain(try buyer.string("ref", 1...64), at: buyer.pointer(to: "ref"))
        let name = try Self.plain(try buyer.string("name", 1...128), at: buyer.pointer(to: "name"))
        guard let phone = PhoneNumber(normalizing: try buyer.string("phone", 1...32)) else {
            throw JSONError(
                pointer: buyer.pointer(to: "phone"), problem: "a telephone number was expected: of China, or with + and country code")
        }
        var address = try buyer.object("address")
        region = try Self.plain(try address.string("region", 1...128), at: address.pointer(to: "region"))
        person = Person(
            name: name, phone: phone, address: try Self.plain(try address.string("detail", 1...512), at: address.pointer(to: "detail")),
            postcode: try Self.postcode(&address))
        try address.done()
        try buyer.done()
        try json.done()
        try checkSum()
    }

    // MARK: - Members

    private static func locale(_ json: inout JSONObject) throws(JSONError) -> Language? {
        guard json.value("locale") != nil else { return nil }
        return try json.choice("locale", as: Language.self)
    }

    private static func postcode(_ address: inout JSONObject) throws(JSONError) -> String? {
        guard let text = try address.optionalString("postcode", 1...16) else { return nil }
        return try plain(text, at: address.pointer(to: "postcode"))
    }

    private static func line(_ value: JSON) throws(JSONError) -> Line {
        var json = try JSONObject(value)
        let merchant = try json.uuid("merchant")
        let sku = try plain(try json.string("sku", 1...64), at: json.pointer(to: "sku"))
        let quantity = try json.integer("quantity", 1...quantityLimit)
        let price = try json.integer("unit_price", 0...amountLimit)
        var title = try json.optionalString("title", 1...256)
        if let text = title { title = try plain(text, at: json.pointer(to: "title")) }
        try json.done()
        return Line(merchant: merchant, sku: sku, quantity: quantity, unitPrice: price, title: title)
    }

    /// A text without control characters, which neither parcels nor databases can take, and not of spaces alone.
    private static func plain(_ text: String, at pointer: @autoclosure () -> String) throws(JSONError) -> String {
        var isBlank = true
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7F { throw JSONError(pointer: pointer(), problem: "control characters are not allowed") }
            if byte != UInt8(ascii: " ") { isBlank = false }
        }
        if isBlank { throw JSONError(pointer: pointer(), problem: "may not be blank") }
        return text
    }

    // MARK: - The sum

    private func checkSum() throws(JSONError) {
        var sum: Int64 = 0
        for (index, line) in lines.enumerated() {
            let (amount, over) = line.quantity.multipliedReportingOverflow(by: line.unitPrice)
            let (next, carried) = sum.addingReportingOverflow(amount)
            guard !over, !carried, next <= Self.amountLimit else {
                throw JSONError(pointer: "/lines/\(index)", problem: "the lines up to here amount to more than \(Self.amountLimit)")
            }
            sum = next
        }
        guard discount <= sum else { throw JSONError(pointer: "/discount", problem: "is more than the lines amount to, \(sum)") }
        // Each is at most 10¹², so neither overflows.
        let expected = sum - discount + freight
        guard total == expected else {
            throw JSONError(pointer: "/total", problem: "lines less discount plus freight amount to \(expected)")
        }
        if method == .wechat {
            guard currency == .cny else { throw JSONError(pointer: "/currency", problem: "WeChat Pay takes CNY only") }
            guard total > 0 else { throw JSONError(pointer: "/total", problem: "nothing to pay by WeChat Pay: use the method prepaid") }
        }
    }
}

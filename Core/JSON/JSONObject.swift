/// A JSON object being read, member by member, by names the reader knows.
///
/// Every getter says in its error where the value stands and what was expected. ``done()`` refuses members that nobody
/// asked for.
///
/// ```swift
/// var line = try JSONObject(value, at: "/lines/0")
/// let sku = try line.string("sku", 1...64)
/// let quantity = try line.integer("quantity", 1...9_999)
/// try line.done()
/// ```
public struct JSONObject: Sendable {
    /// Where the object stands in its document, as a JSON pointer.
    public let pointer: String
    private let members: [JSON.Member]
    /// Which members were asked for, by position: one bit each for the first 64, which bounds what an object may hold.
    private var asked: UInt64 = 0
    /// Where the next name is looked for first: after the one before.
    private var next = 0

    /// How many members an object may have to be read this way.
    public static let memberLimit = 64

    public init(_ value: JSON, at pointer: String = "") throws(JSONError) {
        guard case .object(let members) = value else {
            throw JSONError(pointer: pointer, problem: "an object was expected, not \(value.kind)")
        }
        guard members.count <= Self.memberLimit else {
            throw JSONError(pointer: pointer, problem: "an object of at most \(Self.memberLimit) members was expected")
        }
        self.members = members
        self.pointer = pointer
    }

    /// Reads a JSON text that is an object.
    public init(parsing bytes: [UInt8], limits: JSON.Limits = JSON.Limits()) throws(JSONError) {
        try self.init(try JSON.parse(bytes, limits: limits))
    }

    /// The pointer of a member.
    public func pointer(to name: String) -> String {
        let escaped = name.utf8.contains { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }
        guard escaped else { return "\(pointer)/\(name)" }
        var text = ""
        for character in name {
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.append(character)
            }
        }
        return "\(pointer)/\(text)"
    }

    /// The member, or nil where it is absent or null.
    public mutating func value(_ name: String) -> JSON? {
        // Most are read in the order in which they were written.
        for offset in members.indices {
            let index = next + offset < members.count ? next + offset : next + offset - members.count
            guard members[index].name == name else { continue }
            asked |= 1 << UInt64(index)
            next = index + 1
            if case .null = members[index].value { return nil }
            return members[index].value
        }
        return nil
    }

    /// The member, which must be there and not null.
    public mutating func required(_ name: String) throws(JSONError) -> JSON {
        guard let value = value(name) else {
            throw JSONError(pointer: pointer(to: name), problem: "is required")
        }
        return value
    }

    /// Refuses members that no getter asked for, and names the first.
    public func done() throws(JSONError) {
        let all: UInt64 = members.count == 64 ? .max : (1 << UInt64(members.count)) - 1
        guard asked != all else { return }
        let stray = (~asked).trailingZeroBitCount
        throw JSONError(pointer: pointer(to: members[stray].name), problem: "is not known here")
    }

    // MARK: - Typed members

    /// A string whose length, in bytes of UTF-8, lies within the bounds.
    public mutating func string(_ name: String, _ length: ClosedRange<Int> = 0...65_536) throws(JSONError) -> String {
        try string(try required(name), name, length)
    }

    /// A string, or nil where the member is absent or null.
    public mutating func optionalString(_ name: String, _ length: ClosedRange<Int> = 0...65_536) throws(JSONError) -> String? {
        guard let value = value(name) else { return nil }
        return try string(value, name, length)
    }

    private func string(_ value: JSON, _ name: String, _ length: ClosedRange<Int>) throws(JSONError) -> String {
        guard case .string(let text) = value else { throw mismatch(name, "a string", value) }
        guard length.contains(text.utf8.count) else {
            let bound = length.lowerBound == 0 ? "at most \(length.upperBound)" : "\(length.lowerBound) to \(length.upperBound)"
            throw JSONError(pointer: pointer(to: name), problem: "a string of \(bound) bytes was expected, not \(text.utf8.count)")
        }
        return text
    }

    /// A whole number within the bounds.
    public mutating func integer(_ name: String, _ bounds: ClosedRange<Int64> = .min ... .max) throws(JSONError) -> Int64 {
        try integer(try required(name), name, bounds)
    }

    /// A whole number, or nil where the member is absent or null.
    public mutating func optionalInteger(_ name: String, _ bounds: ClosedRange<Int64> = .min ... .max) throws(JSONError) -> Int64? {
        guard let value = value(name) else { return nil }
        return try integer(value, name, bounds)
    }

    private func integer(_ value: JSON, _ name: String, _ bounds: ClosedRange<Int64>) throws(JSONError) -> Int64 {
        if case .integer(let number) = value, bounds.contains(number) { return number }
        let expected =
            bounds == .min ... .max ? "a whole number of 64 bits" : "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        guard case .integer = value else { throw mismatch(name, expected, value) }
        throw JSONError(pointer: pointer(to: name), problem: "\(expected) was expected")
    }

    public mutating func bool(_ name: String) throws(JSONError) -> Bool {
        let value = try required(name)
        guard case .bool(let flag) = value else { throw mismatch(name, "true or false", value) }
        return flag
    }

    /// A boolean, or nil where the member is absent or null.
    public mutating func optionalBool(_ name: String) throws(JSONError) -> Bool? {
        guard value(name) != nil else { return nil }
        return try bool(name)
    }

    /// An object, to be read like this one.
    public mutating func object(_ name: String) throws(JSONError) -> JSONObject {
        try JSONObject(try required(name), at: pointer(to: name))
    }

    /// An object, or nil where the member is absent or null.
    public mutating func optionalObject(_ name: String) throws(JSONError) -> JSONObject? {
        guard let value = value(name) else { return nil }
        return try JSONObject(value, at: pointer(to: name))
    }

    /// An array whose count lies within the bounds, each element read by `element`, whose errors point from the element on: what comes
    /// before is put in front of them here.
    public mutating func array<Element>(
        _ name: String, _ count: ClosedRange<Int> = 0...10_000, _ element: (JSON) throws(JSONError) -> Element
    ) throws(JSONError) -> [Element] {
        let value = try required(name)
        guard case .array(let elements) = value else { throw mismatch(name, "an array", value) }
        guard count.contains(elements.count) else {
            let bound = "\(count.lowerBound) to \(count.upperBound)"
            throw JSONError(pointer: pointer(to: name), problem: "an array of \(bound) elements was expected, not \(elements.count)")
        }
        var result: [Element] = []
        result.reserveCapacity(elements.count)
        for (index, value) in elements.enumerated() {
            do throws(JSONError) {
                result.append(try element(value))
            } catch {
                throw JSONError(pointer: "\(pointer(to: name))/\(index)\(error.pointer)", problem: error.problem)
            }
        }
        return result
    }

    /// An array like ``array(_:_:_:)``, or nil where the member is absent or null.
    public mutating func optionalArray<Element>(
        _ name: String, _ count: ClosedRange<Int> = 0...10_000, _ element: (JSON) throws(JSONError) -> Element
    ) throws(JSONError) -> [Element]? {
        guard value(name) != nil else { return nil }
        return try array(name, count, element)
    }

    /// A string that names a case of an enumeration.
    public mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, as type: Choice.Type
    ) throws(JSONError) -> Choice where Choice.RawValue == String {
        let text = try string(name)
        guard let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw JSONError(pointer: pointer(to: name), problem: "one of \(choices) was expected")
        }
        return choice
    }

    private func mismatch(_ name: String, _ expected: String, _ value: JSON) -> JSONError {
        JSONError(pointer: pointer(to: name), problem: "\(expected) was expected, not \(value.kind)")
    }
}

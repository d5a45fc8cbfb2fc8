internal import JSON

/// How carriers and waybills are written by merchants.
enum Waybill {
    /// A carrier's code.
    static func carrier(_ json: inout JSONObject) throws(JSONError) -> String {
        let carrier = try json.string("carrier", 2...32)
        guard carrier.utf8.allSatisfy({ isLower($0) }) else {
            throw JSONError(
                pointer: json.pointer(to: "carrier"),
                problem: "a carrier's code was expected, such as yuantong: lower-case letters and digits")
        }
        return carrier
    }

    /// A carrier's number for a parcel.
    static func number(_ json: inout JSONObject) throws(JSONError) -> String {
        let waybill = try json.string("waybill", 6...32)
        guard waybill.utf8.allSatisfy({ isLower($0 | 0x20) || $0 == UInt8(ascii: "-") }) else {
            throw JSONError(pointer: json.pointer(to: "waybill"), problem: "letters, digits and dashes were expected")
        }
        return waybill
    }

    private static func isLower(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

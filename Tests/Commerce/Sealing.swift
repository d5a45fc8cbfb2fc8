import Commerce
import FoundationEssentials
import Testing

@Suite struct SealingTests {
    let order = UUID()
    let person = Person(
        name: "王小明", phone: PhoneNumber(e164: "+8613800138000")!, address: "文三路 1 号 3-201", postcode: "310012")

    @Test func `what is sealed for an order opens for it, and only for it`() throws {
        let sealing = try Sealing(keys: Sealing.newKeys(id: "k1"))
        let sealed = try sealing.seal(person, order: order)
        #expect(try sealing.person(sealed, order: order) == person)
        let error = #expect(throws: SealingError.self) { try sealing.person(sealed, order: UUID()) }
        #expect(error?.code == .refused)
    }

    @Test func `a sealed text shows nothing of what it holds and is never the same twice`() throws {
        let sealing = try Sealing(keys: Sealing.newKeys(id: "k1"))
        let sealed = try sealing.seal(person, order: order)
        #expect(sealed.hasPrefix("s1.k1."))
        #expect(!sealed.contains("13800138000"))
        #expect(try sealing.seal(person, order: order) != sealed)
    }

    @Test func `any changed byte of a sealed text is refused`() throws {
        let sealing = try Sealing(keys: Sealing.newKeys(id: "k1"))
        let sealed = Array(try sealing.seal([1, 2, 3], order: order).utf8)
        let body = "s1.k1.".utf8.count
        for at in body..<sealed.count {
            var changed = sealed
            changed[at] = changed[at] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: SealingError.self) { try sealing.open(String(decoding: changed, as: UTF8.self), order: order) }
        }
        for count in 0..<sealed.count {
            #expect(throws: SealingError.self) { try sealing.open(String(decoding: sealed[..<count], as: UTF8.self), order: order) }
        }
    }

    @Test func `after a rotation the new key seals and the old one still opens`() throws {
        let old = Sealing.newKeys(id: "2024")
        let before = try Sealing(keys: old)
        let after = try Sealing(keys: Sealing.newKeys(id: "2025") + "," + old)
        let sealed = try before.seal([7], order: order)
        #expect(try after.open(sealed, order: order) == [7])
        let renewed = try after.seal([8], order: order)
        #expect(renewed.hasPrefix("s1.2025."))
        let error = #expect(throws: SealingError.self) { try before.open(renewed, order: order) }
        #expect(error?.code == .unknownKey)
    }

    @Test(arguments: ["", "k1", "k1:", "k1:AAAA", ":" + "AAAA", "a b:AAAA", "k1:not base64"])
    func `keys that can't be used are refused and not shown`(keys: String) {
        let error = #expect(throws: SealingError.self) { try Sealing(keys: keys) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("AAAA") == false)
    }

    @Test func `the same key id twice is refused`() {
        let keys = Sealing.newKeys(id: "a") + "," + Sealing.newKeys(id: "a")
        #expect(throws: SealingError.self) { try Sealing(keys: keys) }
    }
}

@Suite struct PhoneNumberTests {
    @Test(arguments: [
        ("13800138000", "+8613800138000"), ("+86 138 0013 8000", "+8613800138000"), ("0086-138-0013-8000", "+8613800138000"),
        ("8613800138000", "+8613800138000"), ("(0571) 8888 8888", "+8657188888888"), ("010-12345678", "+861012345678"),
        ("+44 20 7946 0958", "+442079460958"), ("+1 (415) 555-0100", "+14155550100"),
    ])
    func `a number as people write it becomes E.164`(written: String, e164: String) {
        #expect(PhoneNumber(normalizing: written)?.e164 == e164)
    }

    @Test(arguments: [
        "", "+", "abc", "123", "1380013800", "138001380001", "+0123456789", "+1234567890123456", "1380013800O", "1+3800138000",
    ])
    func `what is no number is refused`(written: String) {
        #expect(PhoneNumber(normalizing: written) == nil)
    }

    @Test func `a masked number shows neither its middle nor enough to call it`() {
        #expect(PhoneNumber(e164: "+8613800138000")!.masked == "+86138****00")
    }
}

@Suite struct BlindIndexTests {
    @Test func `equal numbers have equal indexes under one key and different ones under another`() throws {
        let index = try BlindIndex(key: BlindIndex.newKey())
        let phone = PhoneNumber(normalizing: "13800138000")!
        #expect(index.index(of: phone) == index.index(of: PhoneNumber(normalizing: "+86 138-0013-8000")!))
        #expect(index.index(of: phone) != index.index(of: PhoneNumber(normalizing: "13800138001")!))
        #expect(try index.index(of: phone) != BlindIndex(key: BlindIndex.newKey()).index(of: phone))
        #expect(index.index(of: phone).utf8.count == 32)
    }

    @Test func `a key of less than 32 bytes is refused`() {
        #expect(throws: SealingError.self) { try BlindIndex(key: "c2hvcnQ=") }
    }
}

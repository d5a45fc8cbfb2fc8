internal import Commerce
internal import Foundation
internal import Glibc
internal import JSON

/// The secrets of a directory, made once and kept, readable by their owner only: what the intake seals and hashes with, and
/// the API keys of the storefront and the merchants that come with `sluice up`.
struct Secrets: Codable {
    var sealingKeys: String
    var indexKey: String
    var keyPepper: String
    var storefrontKey: String
    /// By merchant.
    var merchantKeys: [String: String]

    static func load(from directory: String, merchants: [UUID]) throws -> Secrets {
        let path = directory + "/secrets.json"
        var secrets: Secrets
        if let data = FileManager.default.contents(atPath: path) {
            do { secrets = try JSONDecoder().decode(Secrets.self, from: data) } catch {
                throw CommandError("\(path) can't be read (\(error)): remove \(directory) to start afresh")
            }
        } else {
            secrets = Secrets(
                sealingKeys: Sealing.newKeys(id: "k1"), indexKey: BlindIndex.newKey(), keyPepper: KeyPepper.new(),
                storefrontKey: AccessKey().text, merchantKeys: [:])
        }
        for merchant in merchants where secrets.merchantKeys[merchant.text] == nil {
            secrets.merchantKeys[merchant.text] = AccessKey().text
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes = [UInt8](try encoder.encode(secrets))
        let next = path + ".next"
        unlink(next)
        let file = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw CommandError("cannot write \(next): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        guard write(file, bytes, bytes.count) == bytes.count, rename(next, path) == 0 else { throw CommandError("cannot write \(path)") }
        return secrets
    }
}

import Crypto
import FoundationEssentials

/// The server's side of Aliyun's V3 signature, `ACS3-HMAC-SHA256`.
struct ACS3: Sendable {
    let accessKeyID: String
    let secret: SymmetricKey

    static let scheme = "ACS3-HMAC-SHA256"
    /// How far a request's clock may be off, in seconds.
    static let tolerance: Double = 900

    init(accessKeyID: String, secret: String) {
        self.accessKeyID = accessKeyID
        self.secret = SymmetricKey(data: Array(secret.utf8))
    }

    /// Why a request is refused, in the gateway's words.
    struct Refusal: Error, Equatable {
        let status: Int
        let code: String
        let message: String
    }

    /// Verifies a request, all but whether its nonce is fresh.
    /// - Returns: the nonce.
    func verify(_ call: Call) throws(Refusal) -> String {
        let (credential, names, signature) = try Self.fields(call.headers["authorization"] ?? "")
        guard credential == accessKeyID else {
            throw Refusal(status: 404, code: "InvalidAccessKeyId.NotFound", message: "Specified access key is not found.")
        }
        let required =
            ["host"] + call.headers.keys.filter { $0.hasPrefix("x-acs-") } + (call.headers["content-type"] == nil ? [] : ["content-type"])
        guard names == names.sorted(), Set(required).isSubset(of: names), let nonce = call.headers["x-acs-signature-nonce"], !nonce.isEmpty
        else {
            throw Refusal(status: 400, code: "IncompleteSignature", message: "The request signature does not cover the headers it must.")
        }
        guard let date = call.headers["x-acs-date"].flatMap(BeijingTime.parse) else {
            throw Refusal(
                status: 400, code: "InvalidTimeStamp.Format", message: "Specified time stamp or date value is not well formatted.")
        }
        guard abs(date.timeIntervalSince(call.now)) <= Self.tolerance else {
            throw Refusal(status: 400, code: "InvalidTimeStamp.Expired", message: "Specified time stamp or date value is expired.")
        }
        let hash = SHA256.hash(data: call.body).hexadecimal
        guard call.headers["x-acs-content-sha256"] == hash else {
            throw Refusal(status: 400, code: "InvalidContentSha256", message: "x-acs-content-sha256 is not the hash of the body.")
        }
        let wanted = Array(signature.utf8)
        // Behind a mount the real path is `/`; a caller may sign either.
        let isRight = ["/", Self.path(call)].contains { path in
            Array(self.signature(of: Self.canonical(call, path: path, names: names, hash: hash)).utf8) == wanted
        }
        guard isRight else {
            let canonical = SHA256.hash(data: Array(Self.canonical(call, path: "/", names: names, hash: hash).utf8)).hexadecimal
            throw Refusal(
                status: 400, code: "SignatureDoesNotMatch",
                message: "Specified signature is not matched with our calculation. server string to sign is:\(Self.scheme)\n\(canonical)")
        }
        return nonce
    }

    /// The signature of a canonical request, lower-case hexadecimal.
    func signature(of canonical: String) -> String {
        let text = Self.scheme + "\n" + SHA256.hash(data: Array(canonical.utf8)).hexadecimal
        return HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: secret).hexadecimal
    }

    static func canonical(_ call: Call, path: String, names: [String], hash: String) -> String {
        let query = Form(call.query).fields.map { (Percent.encode($0.name), Percent.encode($0.value)) }.sorted { $0 < $1 }
        var text = "\(call.method)\n\(path)\n\(query.map { "\($0)=\($1)" }.joined(separator: "&"))\n"
        for name in names {
            let value = call.headers[name] ?? ""
            let trimmed = value.drop { $0 == " " || $0 == "\t" }
            text +=
                "\(name):\(trimmed[..<(trimmed.lastIndex { $0 != " " && $0 != "\t" }.map(trimmed.index(after:)) ?? trimmed.startIndex)])\n"
        }
        return text + "\n\(names.joined(separator: ";"))\n\(hash)"
    }

    private static func path(_ call: Call) -> String { String(call.target.prefix { $0 != "?" }) }

    /// `ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…`
    private static func fields(_ header: String) throws(Refusal) -> (credential: String, names: [String], signature: String) {
        guard header.hasPrefix(scheme + " ") else {
            throw Refusal(status: 400, code: "MissingAuthorization", message: "The Authorization header of \(scheme) is missing.")
        }
        var fields: [Substring: Substring] = [:]
        for part in header.dropFirst(scheme.count + 1).split(separator: ",") {
            guard let equals = part.firstIndex(of: "=") else { continue }
            fields[part[..<equals].drop { $0 == " " }] = part[part.index(after: equals)...]
        }
        guard let credential = fields["Credential"], let names = fields["SignedHeaders"], let signature = fields["Signature"] else {
            throw Refusal(status: 400, code: "IncompleteSignature", message: "The Authorization header is not complete.")
        }
        return (String(credential), names.split(separator: ";").map(String.init), String(signature))
    }
}

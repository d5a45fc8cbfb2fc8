internal import Crypto

/// Alibaba Cloud's third signature, `ACS3-HMAC-SHA256`, of requests to the path `/`.
/// Source: help.aliyun.com, "V3 request structure and signature".
public enum ACS3 {
    public static let scheme = "ACS3-HMAC-SHA256"

    /// The request as both sides write it down.
    /// - Parameters:
    ///   - query: decoded; sorted here.
    ///   - headers: those to sign, which are `host`, all `x-acs-*`, and `content-type` where sent; sorted here.
    ///   - bodyHash: lower-case hexadecimal SHA-256 of the body.
    public static func canonicalRequest(method: String, query: [Form.Field], headers: [Form.Field], bodyHash: String) -> String {
        let query = query.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        let lines = sorted(headers).map { "\($0.name):\($0.value)\n" }.joined()
        return "\(method)\n/\n\(Form.encode(query))\n\(lines)\n\(names(of: headers))\n\(bodyHash)"
    }

    /// The signature in lower-case hexadecimal.
    public static func signature(canonicalRequest: String, secret: String) -> String {
        let text = "\(scheme)\n\(sha256(Array(canonicalRequest.utf8)))"
        return HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: Array(secret.utf8))).hexadecimal
    }

    /// The `Authorization` header of a request.
    public static func authorization(
        method: String, query: [Form.Field], headers: [Form.Field], bodyHash: String, accessKeyID: String, secret: String
    ) -> String {
        let canonical = canonicalRequest(method: method, query: query, headers: headers, bodyHash: bodyHash)
        let signature = signature(canonicalRequest: canonical, secret: secret)
        return "\(scheme) Credential=\(accessKeyID),SignedHeaders=\(names(of: headers)),Signature=\(signature)"
    }

    /// Checks a request as the other side would.
    /// - Parameters:
    ///   - header: the value of a header by name, in any case; nil where absent.
    ///   - secret: the secret of an access key id; nil for an unknown one.
    public static func verify(
        method: String, query: [Form.Field], header: (String) -> String?, body: [UInt8], secret: (String) -> String?
    ) throws(VerificationError) {
        guard let value = header("Authorization"), value.hasPrefix("\(scheme) ") else {
            throw VerificationError(.missing, "an Authorization header of the scheme \(scheme) is missing")
        }
        var fields: [Substring: Substring] = [:]
        for part in value.dropFirst(scheme.count + 1).split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { fields[pair[0]] = pair[1] }
        }
        guard let id = fields["Credential"], let signed = fields["SignedHeaders"], let signature = fields["Signature"] else {
            throw VerificationError(.missing, "Credential, SignedHeaders and Signature are needed")
        }
        guard let secret = secret(String(id)) else { throw VerificationError(.unknownKey, "the access key id is not known") }
        let hash = sha256(body)
        guard header("x-acs-content-sha256") == hash else {
            throw VerificationError(.badSignature, "x-acs-content-sha256 is not the body's")
        }
        var headers: [Form.Field] = []
        for name in signed.split(separator: ";") {
            guard let value = header(String(name)) else { throw VerificationError(.missing, "the signed header \(name) is missing") }
            headers.append((String(name), value))
        }
        let canonical = canonicalRequest(method: method, query: query, headers: headers, bodyHash: hash)
        guard isEqualInConstantTime(Array(signature.utf8), Array(self.signature(canonicalRequest: canonical, secret: secret).utf8)) else {
            throw VerificationError(.badSignature, "the signature does not belong to the request")
        }
    }

    private static func sorted(_ headers: [Form.Field]) -> [Form.Field] {
        headers.map { ($0.name.lowercased(), trim($0.value)) }.sorted { $0.0 < $1.0 }
    }

    private static func names(of headers: [Form.Field]) -> String { sorted(headers).map(\.name).joined(separator: ";") }

    private static func trim(_ text: String) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(text[first...last])
    }
}

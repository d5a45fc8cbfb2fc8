internal import CCurl

/// Where a request goes, read from its URL by the parser that will also send it, so that the two cannot differ.
struct Target: Equatable {
    /// `https://example.com:443`: requests to one origin share its turns and its connections.
    let origin: String
    let isSecure: Bool

    /// Checks that the request can be sent, byte for byte as it was given.
    init(_ request: HTTPRequest) throws(HTTPError) {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(Self.isTokenByte) else {
            throw Self.invalid("the method is no token")
        }
        for header in request.headers { try Self.check(header) }
        guard let url = curl_url() else { throw Self.invalid("out of memory") }
        defer { curl_url_cleanup(url) }
        guard !request.url.utf8.contains(0), curl_url_set(url, CURLUPART_URL, request.url, 0) == CURLUE_OK else {
            throw Self.invalid("the URL is malformed or not absolute")
        }
        guard let scheme = Self.part(CURLUPART_SCHEME, of: url), scheme == "http" || scheme == "https" else {
            throw Self.invalid("only http and https URLs are called")
        }
        guard Self.part(CURLUPART_USER, of: url) == nil, Self.part(CURLUPART_PASSWORD, of: url) == nil else {
            throw Self.invalid("a URL with user information is not called")
        }
        guard let host = Self.part(CURLUPART_HOST, of: url), let port = Self.part(CURLUPART_PORT, of: url) else {
            throw Self.invalid("the URL has no host")
        }
        origin = "\(scheme)://\(host.lowercased()):\(port)"
        isSecure = scheme == "https"
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// Refuses what would end the header early: a forged line is a second header, or a second request.
    private static func check(_ header: (name: String, value: String)) throws(HTTPError) {
        guard !header.name.isEmpty, header.name.utf8.allSatisfy(isTokenByte) else { throw invalid("a header's name is no token") }
        guard header.value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else {
            throw invalid("the header \(header.name) holds a control character")
        }
        let name = header.name.lowercased()
        guard name != "content-length", name != "transfer-encoding" else { throw invalid("\(header.name) is set by the client itself") }
    }

    /// RFC 9110 section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func invalid(_ problem: String) -> HTTPError {
        HTTPError(code: .invalidRequest, message: problem, mayHaveArrived: false)
    }
}

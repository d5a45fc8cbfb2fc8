internal import CCurl
internal import Glibc

/// One request under way: libcurl's easy handle, what its callbacks need and what they brought.
///
/// Lives on the reactor's thread, from which libcurl calls back.
final class Transfer {
    /// The easy handle.
    let easy: UnsafeMutableRawPointer
    private let target: Target
    private let policy: AddressPolicy
    private let bodyLimit: Int
    private var lines: UnsafeMutablePointer<curl_slist>?
    private let problem = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    private let requestBody: [UInt8]
    private var sentCount = 0
    private var headers: [(name: String, value: String)] = []
    private var headersLength = 0
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var isAddressRefused = false

    /// The largest head of a response, in bytes.
    static let headersLimit = 65_536

    /// - Parameter timeout: what is left of the deadline.
    init(_ request: HTTPRequest, to target: Target, configuration: HTTPClientConfiguration, timeout: Duration) throws(HTTPError) {
        guard let easy = curl_easy_init() else {
            throw HTTPError(code: .busy, message: "libcurl has no memory for another request", mayHaveArrived: false)
        }
        self.easy = easy
        self.target = target
        policy = configuration.addresses
        bodyLimit = configuration.bodyLimit
        requestBody = request.body
        problem.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setBounds(configuration, timeout)
        setRequest(request, configuration)
        setCallbacks()
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(lines)
        problem.deallocate()
    }

    // MARK: - Options

    private func setBounds(_ configuration: HTTPClientConfiguration, _ timeout: Duration) {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TIMEOUT_MS, max(timeout.milliseconds, 1))
        set(CURLOPT_CONNECTTIMEOUT_MS, max(configuration.connectTimeout.milliseconds, 1))
        set(CURLOPT_MAXAGE_CONN, max(Int(configuration.idleTimeout.components.seconds), 1))
        // Without it, a transfer that ends while its name is being resolved blocks the thread until the resolver returns.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        // A proxy named in the environment would be asked to connect where the address policy cannot look.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let path = configuration.certificateAuthorities { set(CURLOPT_CAINFO, path) }
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        // Several requests at once to a new host wait for the first connection and share it, where it speaks HTTP/2.
        set(CURLOPT_PIPEWAIT, target.isSecure ? 1 : 0)
        set(CURLOPT_HTTP09_ALLOWED, 0)
    }

    private func setRequest(_ request: HTTPRequest, _ configuration: HTTPClientConfiguration) {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_PATH_AS_IS, 1)
        let names = Set(request.headers.map { $0.name.lowercased() })
        if request.method == "HEAD" {
            set(CURLOPT_NOBODY, 1)
        } else if !requestBody.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            setBody(isRepeatable: request.isRepeatable)
            // libcurl would name a type of its own, and wait for a `100 Continue` before large bodies.
            if !names.contains("content-type") { append("Content-Type:") }
            if !names.contains("expect") { append("Expect:") }
        }
        set(CURLOPT_CUSTOMREQUEST, request.method)
        if !names.contains("user-agent") { set(CURLOPT_USERAGENT, configuration.userAgent) }
        for header in request.headers { append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)") }
        sluice_curl_set_list(easy, CURLOPT_HTTPHEADER, lines)
    }

    private func setBody(isRepeatable: Bool) {
        set(CURLOPT_POST, 1)
        sluice_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(requestBody.count))
        if isRepeatable || requestBody.isEmpty {
            // Copied by libcurl, which can send it again on another connection.
            requestBody.withUnsafeBytes { bytes in
                _ = sluice_curl_set_pointer(
                    easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? UnsafeRawPointer(problem)))
            }
            if !isRepeatable { set(CURLOPT_FRESH_CONNECT, 1) }
        } else {
            // Read through a callback that cannot rewind: libcurl has no other way to be told not to send a body twice when a
            // kept connection closes under it.
            sluice_curl_set_pointer(easy, CURLOPT_READDATA, me)
            sluice_curl_set_read_callback(easy) { buffer, size, count, context in
                guard let buffer, let context else { return 0 }
                return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().fill(
                    UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
            }
        }
    }

    private func setCallbacks() {
        sluice_curl_set_pointer(easy, CURLOPT_PRIVATE, me)
        sluice_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, problem)
        sluice_curl_set_pointer(easy, CURLOPT_WRITEDATA, me)
        sluice_curl_set_write_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let received = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().receive(received) ? received.count : 0
        }
        sluice_curl_set_pointer(easy, CURLOPT_HEADERDATA, me)
        sluice_curl_set_write_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().receiveHeader(line) ? line.count : 0
        }
        guard policy != .any else { return }
        sluice_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me)
        sluice_curl_set_socket_callback(easy) { context, _, address in
            guard let context, let address else { return sluice_curl_no_socket() }
            return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().open(address)
        }
    }

    private var me: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    private func set(_ option: CURLoption, _ value: Int) { sluice_curl_set_long(easy, option, value) }

    private func set(_ option: CURLoption, _ value: String) { sluice_curl_set_string(easy, option, value) }

    private func append(_ line: String) { lines = curl_slist_append(lines, line) }

    // MARK: - Callbacks

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, requestBody.count - sentCount)
        requestBody.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sentCount..<sentCount + count])) }
        sentCount += count
        return count
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= bodyLimit else {
            isTooLarge = true
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headersLength += line.count
        guard headersLength <= Self.headersLimit else {
            isTooLarge = true
            return false
        }
        let text = String(decoding: line, as: UTF8.self)
        // A status line: what came before belonged to an interim answer.
        if text.hasPrefix("HTTP/") {
            headers = []
        } else if let colon = text.firstIndex(of: ":") {
            headers.append((String(text[..<colon]), Self.trim(text[text.index(after: colon)...])))
        }
        return true
    }

    private static func trim(_ text: Substring) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" || character.isNewline }
        guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(text[first...last])
    }

    /// Opens a socket for the address that libcurl is about to connect to, if the policy lets it.
    private func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        guard let raw = sluice_curl_address(address) else { return sluice_curl_no_socket() }
        let bytes: [UInt8]
        let port: Int
        switch address.pointee.family {
        case AF_INET:
            let four = UnsafeRawPointer(raw).loadUnaligned(as: sockaddr_in.self)
            bytes = withUnsafeBytes(of: four.sin_addr) { Array($0) }
            port = Int(UInt16(bigEndian: four.sin_port))
        case AF_INET6:
            let six = UnsafeRawPointer(raw).loadUnaligned(as: sockaddr_in6.self)
            bytes = withUnsafeBytes(of: six.sin6_addr) { Array($0) }
            port = Int(UInt16(bigEndian: six.sin6_port))
        default:
            return sluice_curl_no_socket()
        }
        guard policy.allows(bytes, port: port) else {
            isAddressRefused = true
            return sluice_curl_no_socket()
        }
        return socket(address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
    }

    // MARK: - Outcome

    /// What came of it, once libcurl is done with the handle.
    func result(_ code: CURLcode) -> Result<HTTPResponse, HTTPError> {
        guard code != CURLE_OK else {
            return .success(HTTPResponse(status: long(CURLINFO_RESPONSE_CODE), headers: headers, body: body))
        }
        let text = problem.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: problem)
        return .failure(HTTPError(code: meaning(of: code), message: "\(target.origin): \(text)", mayHaveArrived: wasAnythingSent))
    }

    /// The outcome when we end it ourselves.
    func aborted(_ code: HTTPError.Code, _ message: String) -> Result<HTTPResponse, HTTPError> {
        .failure(HTTPError(code: code, message: "\(target.origin): \(message)", mayHaveArrived: wasAnythingSent))
    }

    private var wasAnythingSent: Bool { sentCount > 0 || long(CURLINFO_REQUEST_SIZE) > 0 }

    private func long(_ info: CURLINFO) -> Int {
        var value = 0
        sluice_curl_get_long(easy, info, &value)
        return value
    }

    private func meaning(of code: CURLcode) -> HTTPError.Code {
        if isTooLarge { return .tooLarge }
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: return isAddressRefused ? .refusedAddress : .cannotConnect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE:
            return .cannotConnect
        case CURLE_URL_MALFORMAT: return .invalidRequest
        // What is no status line is taken for HTTP/0.9, which is not spoken here.
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: return .badResponse
        default: return .connectionLost
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var milliseconds: Int { Int(components.seconds) * 1000 + Int((components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000) }
}

import HTTPClient
import Logging
import Support
import Testing

@Suite struct `HTTP client` {
    private func client(_ change: (inout HTTPClientConfiguration) -> Void = { _ in }) -> HTTPClient {
        var configuration = HTTPClientConfiguration()
        change(&configuration)
        return HTTPClient(configuration: configuration, logger: Logger(label: "test"))
    }

    /// The error of a request that must not succeed.
    private func failure(_ client: HTTPClient, _ request: HTTPRequest, deadline: Duration = .seconds(10)) async -> HTTPError? {
        do throws(HTTPError) {
            _ = try await client.execute(request, deadline: deadline)
            return nil
        } catch { return error }
    }

    @Test func `a request arrives as it was given and its answer comes back whole`() async throws {
        let server = try await TestHTTPServer { _ in
            .answer(status: 418, headers: [("X-Thing", "  a value "), ("Retry-After", "7")], body: Array("short and stout".utf8))
        }
        let client = client()
        let request = HTTPRequest(
            method: "POST", url: server.url + "/a/../b?c=%20d", headers: [("X-One", "1"), ("X-Empty", ""), ("Content-Type", "text/plain")],
            body: Array("hello".utf8))
        let response = try await client.execute(request)
        #expect(response.status == 418)
        #expect(response.header("x-thing") == "a value")
        #expect(response.retryAfter == .seconds(7))
        #expect(String(decoding: response.body, as: UTF8.self) == "short and stout")
        let seen = try #require(server.counts.requests.first)
        #expect(seen.method == "POST" && seen.uri == "/a/../b?c=%20d")
        #expect(seen.header("x-one") == "1" && seen.header("x-empty") == "" && seen.header("content-type") == "text/plain")
        #expect(seen.header("expect") == nil)
        #expect(seen.body == Array("hello".utf8))
        try await server.stop()
    }

    @Test(arguments: [true, false]) func `a large body arrives whole`(isRepeatable: Bool) async throws {
        let server = try await TestHTTPServer { .answer(body: Array("\($0.body.count)".utf8)) }
        let body = [UInt8](repeating: 7, count: 700_000)
        let response = try await client().execute(HTTPRequest(method: "POST", url: server.url, body: body, isRepeatable: isRepeatable))
        #expect(response.body == Array("700000".utf8))
        try await server.stop()
    }

    @Test func `one connection serves request after request`() async throws {
        let server = try await TestHTTPServer { _ in .answer(body: [1]) }
        let client = client()
        for number in 0..<20 {
            let method = number.isMultiple(of: 2) ? "GET" : "POST"
            _ = try await client.execute(
                HTTPRequest(method: method, url: "\(server.url)/\(number)", body: method == "POST" ? [1, 2, 3] : []))
        }
        #expect(server.counts.connections == 1)
        #expect(server.counts.requests.count == 20)
        try await server.stop()
    }

    @Test func `an answer that does not come in time is given up, and may have been asked for`() async throws {
        let server = try await TestHTTPServer { _ in .nothing }
        let started = ContinuousClock.now
        let error = await failure(client(), HTTPRequest(method: "POST", url: server.url, body: [1]), deadline: .milliseconds(200))
        #expect(error?.code == .timedOut)
        #expect(error?.mayHaveArrived == true)
        #expect(ContinuousClock.now - started < .seconds(3))
        try await eventually("the connection is closed") { server.counts.closed == 1 }
        try await server.stop()
    }

    @Test func `what cannot be connected to was certainly not asked`() async throws {
        let server = try await TestHTTPServer { _ in .nothing }
        try await server.stop()
        let error = await failure(client(), HTTPRequest(method: "POST", url: server.url, body: [1]))
        #expect(error?.code == .cannotConnect)
        #expect(error?.mayHaveArrived == false)
    }

    @Test func `a body beyond the bound is refused, one at the bound is not`() async throws {
        let server = try await TestHTTPServer { .answer(body: [UInt8](repeating: 65, count: $0.uri == "/more" ? 1001 : 1000)) }
        let client = client { $0.bodyLimit = 1000 }
        #expect(try await client.execute(HTTPRequest(method: "GET", url: server.url + "/fits")).body.count == 1000)
        #expect(await failure(client, HTTPRequest(method: "GET", url: server.url + "/more"))?.code == .tooLarge)
        try await server.stop()
    }

    @Test func `endless headers are refused`() async throws {
        let line = "X-Filler: \(String(repeating: "a", count: 1000))\r\n"
        let server = try await TestHTTPServer { _ in
            .raw(Array(("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 100) + "\r\n").utf8))
        }
        #expect(await failure(client(), HTTPRequest(method: "GET", url: server.url))?.code == .tooLarge)
        try await server.stop()
    }

    @Test(arguments: [1, 2]) func `never more requests than the bound are under way to a host, and those who wait are served in order`(
        bound: Int
    )
        async throws
    {
        let latch = Latch()
        let server = try await TestHTTPServer { _ in .held(latch) }
        let client = client { $0.requestsPerHost = bound }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask { _ = try await client.execute(HTTPRequest(method: "GET", url: "\(server.url)/\(number)")) }
                // Their order is that in which they come to the client's thread.
                try await eventually("\(number) has come") { await client.callCount == number + 1 }
            }
            try await eventually("the bound is reached") { server.counts.requests.count == bound }
            latch.open()
            try await group.waitForAll()
        }
        #expect(server.counts.mostUnderWay == bound)
        #expect(server.counts.connections == bound)
        let paths = server.counts.requests.map(\.uri)
        if bound == 1 { #expect(paths == (0..<8).map { "/\($0)" }) } else { #expect(Set(paths).count == 8) }
        try await server.stop()
    }

    @Test func `waiting for a turn counts towards the deadline, and was certainly not asked`() async throws {
        let server = try await TestHTTPServer { _ in .nothing }
        let client = client { $0.requestsPerHost = 1 }
        let first = Task { await failure(client, HTTPRequest(method: "GET", url: server.url), deadline: .seconds(20)) }
        try await eventually("the first is under way") { server.counts.requests.count == 1 }
        let error = await failure(client, HTTPRequest(method: "GET", url: server.url), deadline: .milliseconds(100))
        #expect(error?.code == .timedOut)
        #expect(error?.mayHaveArrived == false)
        first.cancel()
        #expect(await first.value?.code == .cancelled)
        try await server.stop()
    }

    @Test func `one more than may wait is refused at once`() async throws {
        let server = try await TestHTTPServer { _ in .nothing }
        let client = client {
            $0.requestsPerHost = 1
            $0.waitingLimit = 0
        }
        let first = Task { await failure(client, HTTPRequest(method: "GET", url: server.url), deadline: .seconds(20)) }
        try await eventually("the first is under way") { server.counts.requests.count == 1 }
        #expect(await failure(client, HTTPRequest(method: "GET", url: server.url))?.code == .busy)
        first.cancel()
        _ = await first.value
        try await server.stop()
    }

    @Test func `cancelling the caller closes the connection and frees its turn`() async throws {
        let server = try await TestHTTPServer { $0.uri == "/slow" ? .nothing : .answer() }
        let client = client { $0.requestsPerHost = 1 }
        let slow = Task { await failure(client, HTTPRequest(method: "POST", url: server.url + "/slow", body: [1]), deadline: .seconds(20)) }
        try await eventually("it is under way") { server.counts.requests.count == 1 }
        slow.cancel()
        let error = await slow.value
        #expect(error?.code == .cancelled)
        #expect(error?.mayHaveArrived == true)
        try await eventually("its connection is closed") { server.counts.closed == 1 }
        #expect(try await client.execute(HTTPRequest(method: "GET", url: server.url)).status == 200)
        try await server.stop()
    }

    @Test func `a caller cancelled beforehand sends nothing`() async throws {
        let server = try await TestHTTPServer { _ in .answer() }
        let client = client()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure(client, HTTPRequest(method: "GET", url: server.url))
        }
        #expect(await task.value?.code == .cancelled)
        #expect(server.counts.connections == 0)
        try await server.stop()
    }

    @Test func `a redirect is an answer, not followed`() async throws {
        let server = try await TestHTTPServer { _ in .answer(status: 302, headers: [("Location", "/elsewhere")]) }
        #expect(try await client().execute(HTTPRequest(method: "GET", url: server.url)).status == 302)
        #expect(server.counts.requests.count == 1)
        try await server.stop()
    }

    @Test(arguments: ["garbage that is no HTTP\r\n\r\n", "\u{0}\u{1}\u{2}"]) func `what is no HTTP is no answer`(bytes: String) async throws
    {
        let server = try await TestHTTPServer { _ in .raw(Array(bytes.utf8)) }
        let error = await failure(client(), HTTPRequest(method: "GET", url: server.url))
        #expect(error?.code == .badResponse)
        #expect(error?.mayHaveArrived == true)
        try await server.stop()
    }

    @Test func `an answer cut short is no answer`() async throws {
        let server = try await TestHTTPServer { _ in .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this".utf8)) }
        let error = await failure(client(), HTTPRequest(method: "GET", url: server.url))
        #expect(error?.code == .connectionLost)
        #expect(error?.mayHaveArrived == true)
        try await server.stop()
    }

    @Test func `what must not be repeated is sent once when a kept connection closes under it`() async throws {
        let server = try await TestHTTPServer { $0.uri == "/first" ? .answer() : .close }
        let client = client()
        _ = try await client.execute(HTTPRequest(method: "GET", url: server.url + "/first"))
        let error = await failure(client, HTTPRequest(method: "POST", url: server.url + "/pay", body: [1, 2, 3]))
        #expect(error?.code == .connectionLost)
        #expect(error?.mayHaveArrived == true)
        #expect(server.counts.requests.map(\.uri) == ["/first", "/pay"])
        try await server.stop()
    }

    @Test(arguments: [
        "ftp://127.0.0.1/", "file:///etc/passwd", "/only/a/path", "http://user:secret@127.0.0.1/", "http://127.0.0.1:99999/", "http://a b/",
        "",
        "gopher://127.0.0.1:80/",
    ]) func `only plain http and https URLs are called`(url: String) async throws {
        let error = await failure(client(), HTTPRequest(method: "GET", url: url))
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("secret") == false)
    }

    @Test func `a header cannot smuggle in another`() async throws {
        for header in [
            ("X-A", "1\r\nX-B: 2"), ("X-A: 1\r\nX-B", "2"), ("", "1"), ("X-A", "\u{0}"), ("Content-Length", "5"),
            ("Transfer-Encoding", "chunked"),
        ] {
            let error = await failure(client(), HTTPRequest(method: "GET", url: "http://127.0.0.1:1/", headers: [header]))
            #expect(error?.code == .invalidRequest)
        }
        #expect(await failure(client(), HTTPRequest(method: "GET / HTTP/1.1\r\n", url: "http://127.0.0.1:1/"))?.code == .invalidRequest)
    }

    @Test func `a forbidden address is not connected to, under any name`() async throws {
        let server = try await TestHTTPServer { _ in .answer() }
        let client = client { $0.addresses = .publicOnly }
        for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0"] {
            let error = await failure(client, HTTPRequest(method: "POST", url: "http://\(host):\(server.port)/", body: [1]))
            #expect(error?.code == .refusedAddress, "\(host)")
            #expect(error?.mayHaveArrived == false)
        }
        #expect(server.counts.connections == 0)
        try await server.stop()
    }

    @Test func `an address allowed by name of its port is connected to`() async throws {
        let server = try await TestHTTPServer { _ in .answer() }
        let policy = try #require(AddressPolicy.publicOnly(allowing: ["127.0.0.1:\(server.port)"]))
        #expect(try await client { $0.addresses = policy }.execute(HTTPRequest(method: "GET", url: server.url)).status == 200)
        try await server.stop()
    }

    @Test func `closing fails what is under way, what waits and what comes`() async throws {
        let server = try await TestHTTPServer { _ in .nothing }
        let client = client { $0.requestsPerHost = 1 }
        let first = Task { await failure(client, HTTPRequest(method: "GET", url: server.url)) }
        try await eventually("the first is under way") { server.counts.requests.count == 1 }
        let second = Task { await failure(client, HTTPRequest(method: "GET", url: server.url)) }
        try await eventually("the second waits") { await client.callCount == 2 }
        await client.close()
        #expect(await first.value?.code == .closed)
        #expect(await second.value?.code == .closed)
        #expect(await failure(client, HTTPRequest(method: "GET", url: server.url))?.code == .closed)
        await client.close()
        try await eventually("its connection is closed") { server.counts.closed == 1 }
        try await server.stop()
    }

    @Test func `a thousand requests at once all come back`() async throws {
        let server = try await TestHTTPServer { .answer(body: Array($0.uri.utf8)) }
        let client = client { $0.requestsPerHost = 16 }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let response = try await client.execute(HTTPRequest(method: "GET", url: "\(server.url)/\(number)"))
                    return response.body == Array("/\(number)".utf8)
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(server.counts.connections <= 16)
        try await server.stop()
    }
}

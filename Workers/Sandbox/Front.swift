import FoundationEssentials
import Hummingbird
import JSON
import Logging

/// The sandbox's one door: takes a request to its party, and spoils the answer where that was asked for.
struct Front: HTTPResponder {
    typealias Context = BasicRequestContext
    private typealias Field = HTTPFields.Element

    let world: World
    let logger: Logger

    /// The largest body that is read, in bytes.
    static let bodyLimit = 128 << 10

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let body: [UInt8]
        do {
            body = Array(buffer: try await request.body.collect(upTo: Self.bodyLimit))
        } catch {
            return Response(status: .contentTooLarge)
        }
        let target = request.head.path ?? "/"
        let mount = target.dropFirst().prefix { $0 != "/" && $0 != "?" }
        let call = Call(
            method: request.method.rawValue, target: target, mount: "/" + mount, headers: Self.headers(request), body: body, now: Date())
        if mount == "_sandbox" || mount.isEmpty { return Self.response(world.administer(call)) }
        guard let name = PartyName(rawValue: String(mount)), let party = world.parties[name] else { return Response(status: .notFound) }
        return Self.response(try await answer(call, party, named: name))
    }

    private func answer(_ call: Call, _ party: any Party, named name: PartyName) async throws -> Reply {
        let (faults, fate) = world.faults.draw(name)
        if faults.latency > .zero { try await Task.sleep(for: faults.latency) }
        switch fate {
        case .none: return party.answer(call)
        case .error: return party.trouble(.broken)
        case .busy: return party.trouble(.busy)
        case .garbage: return party.answer(call).spoiled()
        case .forged: return party.answer(call).forged()
        case .silence:
            // Done, but the caller never learns it.
            _ = party.answer(call)
            try await Task.sleep(for: faults.silence)
            return Reply(504)
        }
    }

    private static func headers(_ request: Request) -> [String: String] {
        var headers: [String: String] = [:]
        for field in request.headers {
            let name = field.name.canonicalName
            headers[name] = headers[name].map { "\($0), \(field.value)" } ?? field.value
        }
        headers["host"] = request.head.authority
        return headers
    }

    private static func response(_ reply: Reply) -> Response {
        var headers = HTTPFields()
        for (name, value) in reply.headers {
            guard let name = Field.Name(name) else { continue }
            headers.append(Field(name: name, value: value))
        }
        return Response(
            status: HTTPResponse.Status(code: reply.status), headers: headers,
            body: reply.body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }
}

extension Reply {
    /// The status and headers of success, and a body cut off in the middle.
    fileprivate func spoiled() -> Reply {
        var reply = self
        reply.body = Array(body.prefix(body.count / 2)) + Array("\u{0}<html>".utf8)
        return reply
    }

    /// The same answer with a signature that must not verify.
    fileprivate func forged() -> Reply {
        var reply = self
        reply.headers = headers.map { name, value in
            name == "Wechatpay-Signature" ? (name, WeChatSeal.probe + value.dropFirst(WeChatSeal.probe.count)) : (name, value)
        }
        return reply
    }
}

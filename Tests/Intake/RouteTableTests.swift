import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import Intake

@Suite struct RouteTableTests {
    private struct Silent: Route {
        func respond(to request: IncomingRequest) async throws -> Response { Response(status: .ok) }
    }

    private static func table(_ lines: (HTTPRequest.Method, String)...) -> RouteTable {
        RouteTable(lines.map { Endpoint($0.0, $0.1, .anyone, Silent()) })
    }

    private let table = Self.table(
        (.get, "/a"), (.post, "/a"), (.get, "/a/{id}"), (.post, "/a/bulk"), (.get, "/a/{id}/b"), (.get, "/t/{sku}"),
        (.get, "/t/{sku}/{place}"))

    @Test func `a path is found by its literals first, and its parameters are read`() throws {
        let id = UUID()
        #expect(try table.find(.post, "/a").0.method == .post)
        #expect(try table.find(.post, "/a/").0.path == "/a")
        #expect(try table.find(.get, "/a/\(id)").1.id == id)
        #expect(try table.find(.get, "/a/\(id)/b").0.path == "/a/{id}/b")
        #expect(try table.find(.post, "/a/bulk").0.path == "/a/bulk")
        let (_, parameters) = try table.find(.get, "/t/A%2FB%20c/x")
        #expect(parameters.text("sku") == "A/B c" && parameters.text("place") == "x" && parameters.text("other") == nil)
    }

    @Test func `another method is told which ones there are, and what is nowhere is not found`() {
        func problem(_ method: HTTPRequest.Method, _ path: String) -> Problem? {
            do throws(Problem) { _ = try table.find(method, path) } catch { return error }
            return nil
        }
        #expect(problem(.put, "/a")?.headers.first?.value == "GET, POST")
        #expect(problem(.get, "/a/bulk")?.status == 405)
        #expect(problem(.get, "/a/no-id")?.status == 404)
        for path in ["", "/", "/b", "/a/b/c/d", "/t/%ff", "/t/%", "/1/2/3/4/5/6/7/8/9/10"] {
            #expect(problem(.get, path)?.status == 404, "\(path)")
        }
    }
}

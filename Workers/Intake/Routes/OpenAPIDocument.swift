internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `GET /openapi.yaml`: what the API takes and answers, as an OpenAPI 3.1 document.
struct OpenAPIDocument: Route {
    /// The document, `openapi.yaml` beside the sources.
    static let text = PackageResources.openapi_yaml

    func respond(to request: IncomingRequest) async throws -> Response {
        var response = Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(bytes: Self.text)))
        response.headers[.contentType] = "application/yaml"
        return response
    }
}

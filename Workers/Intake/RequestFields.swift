internal import HTTPTypes

/// The fields of a request that nearly every route asks for, found in one go: looking each up by name costs more than all.
struct RequestFields: Sendable {
    private(set) var authorization: String?
    private(set) var contentLength: String?
    private(set) var contentType: String?
    private(set) var idempotencyKey: String?
    private(set) var traceparent: String?

    init(_ fields: HTTPFields) {
        for field in fields {
            switch field.name.canonicalName {
            case "authorization": authorization = field.value
            case "content-length": contentLength = field.value
            case "content-type": contentType = field.value
            case "idempotency-key": idempotencyKey = field.value
            case "traceparent": traceparent = field.value
            default: continue
            }
        }
    }
}

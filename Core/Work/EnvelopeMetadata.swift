internal import JSON
internal import Logging

extension Envelope {
    /// What a log line says of a message: ids only, never its body.
    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["message": "\(id.text)", "type": "\(type)", "attempt": "\(attempt)"]
        if let order { metadata["order"] = "\(order.text)" }
        return metadata
    }
}

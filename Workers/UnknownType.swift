/// A message of a type that its worker doesn't handle: bound to its queue by mistake.
struct UnknownType: Error, CustomStringConvertible {
    let type: String

    var description: String { "messages of type '\(type)' are not handled here" }
}

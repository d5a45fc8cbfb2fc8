internal import Yams

/// A node of the file with its place, read strictly: the wrong kind of value is an error with its line.
struct YAMLNode {
    let node: Node
    /// Where it is in the file, such as `queues.placement.batch`.
    let path: String

    var line: Int { node.mark?.line ?? 0 }

    /// The document of a text. Its root is named "the file".
    static func document(_ yaml: String) throws(TopologyError) -> YAMLNode {
        do {
            guard let node = try compose(yaml: yaml) else {
                throw TopologyError(line: 1, "the file is empty", advice: "give at least `exchange` and `queues`")
            }
            return YAMLNode(node: node, path: "the file")
        } catch let error as TopologyError {
            throw error
        } catch let error as YamlError {
            throw TopologyError(error)
        } catch {
            throw TopologyError(line: 0, "the file can't be read: \(error)", advice: "mend the YAML")
        }
    }

    func error(_ what: String, advice: String) -> TopologyError { TopologyError(line: line, what, advice: advice) }

    /// The value's entries in order, all of whose keys must be among `keys`, where given.
    func entries(_ keys: [String]? = nil) throws(TopologyError) -> [(key: YAMLNode, name: String, value: YAMLNode)] {
        guard let mapping = node.mapping else {
            throw error("\(path) is not a mapping", advice: "write `key: value` pairs")
        }
        var entries: [(key: YAMLNode, name: String, value: YAMLNode)] = []
        for (key, value) in mapping {
            let keyNode = YAMLNode(node: key, path: path)
            let name = try keyNode.text()
            if let keys, !keys.contains(name) {
                throw keyNode.error("unknown key '\(name)' in \(path)", advice: "use one of \(keys.joined(separator: ", "))")
            }
            entries.append((keyNode, name, YAMLNode(node: value, path: path == "the file" ? name : "\(path).\(name)")))
        }
        return entries
    }

    func elements() throws(TopologyError) -> [YAMLNode] {
        guard let sequence = node.sequence else {
            throw error("\(path) is not a list", advice: "write [a, b] or one `- item` a line")
        }
        return sequence.map { YAMLNode(node: $0, path: path) }
    }

    func text() throws(TopologyError) -> String {
        guard let string = node.scalar?.string, !string.isEmpty else {
            throw error("\(path) is not a word", advice: "write a plain word")
        }
        return string
    }

    func integer(in range: ClosedRange<Int>) throws(TopologyError) -> Int {
        guard let string = node.scalar?.string, let number = Int(string), range.contains(number) else {
            throw error("\(path) is not a whole number from \(range.lowerBound) to \(range.upperBound)", advice: "write one within it")
        }
        return number
    }

    func duration(in range: ClosedRange<Duration>) throws(TopologyError) -> Duration {
        guard let string = node.scalar?.string, let duration = Delay.duration(string), range.contains(duration) else {
            throw error(
                "\(path) is not a duration from \(range.lowerBound) to \(range.upperBound)",
                advice: "write a whole number and ms, s, m, h or d, such as 5ms")
        }
        return duration
    }

    /// A name that the broker, a file and a command line all take.
    func name(_ what: String) throws(TopologyError) -> String {
        let string = try text()
        let isPlain = string.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
        guard isPlain, string.utf8.count <= 100 else {
            throw error("'\(string)' is no name for \(what)", advice: "use up to 100 of a-z, 0-9, '.', '_' and '-'")
        }
        return string
    }
}

extension TopologyError {
    /// A mistake in the YAML itself.
    init(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            self.init(line: mark.line, "not YAML: \(problem)", advice: "mend the line or the one above it")
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(
                line: context.mark.line, "'\(duplicates.joined(separator: "', '"))' is there twice", advice: "keep one of them")
        default:
            self.init(line: 0, "not YAML: \(error)", advice: "mend the file")
        }
    }
}

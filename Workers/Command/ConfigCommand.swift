internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Workers

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Lists every key of the configuration: its type, default, meaning and setting.",
        discussion: "Secrets are not shown. Exits 1, with every problem, where the configuration can't be used.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let configuration: Configuration
        do throws(ConfigurationError) { configuration = try Configuration() } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw ExitCode.failure
        }
        print(json ? Self.json(configuration) : configuration.entries.map(Self.text).joined(separator: "\n\n"))
    }

    private static func text(_ entry: Configuration.Entry) -> String {
        let setting = entry.setting.map { entry.isSecret ? "set" : "set to \($0)" } ?? "not set"
        return """
            \(entry.name)  (\(setting)\(entry.defaultText.map { "; default \($0)" } ?? ""))
                \(entry.summary)
                \(entry.form), for example \(entry.example)
            """
    }

    private static func json(_ configuration: Configuration) -> String {
        var writer = JSONWriter()
        writer.array(of: configuration.entries)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension JSONWriter {
    fileprivate mutating func array(of entries: [Configuration.Entry]) {
        array { json in
            for entry in entries {
                json.object { json in
                    json.member("name", entry.name)
                    json.member("meaning", entry.summary)
                    json.member("type", entry.form)
                    json.member("example", entry.example)
                    json.member("default", ifPresent: entry.defaultText)
                    json.member("is_secret", entry.isSecret)
                    json.member("is_set", entry.setting != nil)
                    if !entry.isSecret { json.member("setting", ifPresent: entry.setting) }
                }
            }
        }
    }
}

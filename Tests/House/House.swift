import Foundation
import Testing

/// The sources, as text.
struct Sources {
    struct File {
        /// From the package's root, for instance `Core/Work/Worker.swift`.
        let path: String
        let text: String

        var imports: Set<String> {
            Set(
                text.split(separator: "\n").compactMap { line in
                    let words = line.split(separator: " ")
                    guard let at = words.firstIndex(of: "import"), at <= 1, words.count > at + 1 else { return nil }
                    return String(words.last!.split(separator: ".")[0])
                })
        }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func swift(under folders: String...) throws -> [File] {
        var files: [File] = []
        for folder in folders {
            let start = root.appending(path: folder)
            guard let walk = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil) else { continue }
            for case let url as URL in walk where url.pathExtension == "swift" {
                let path = String(url.path.dropFirst(root.path.count).drop { $0 == "/" })
                files.append(File(path: path, text: try String(contentsOf: url, encoding: .utf8)))
            }
        }
        return files
    }

    /// Our own modules.
    static let ours: Set<String> = [
        "Reactor", "JSON", "Commerce", "Topology", "Messaging", "Database", "HTTPClient", "Work", "Store", "Providers", "Intake", "Sandbox",
        "Workers",
    ]
}

@Suite struct Walls {
    /// Which of our modules each may know. What isn't listed here is not allowed.
    static let allowed: [String: Set<String>] = [
        "Core/Reactor": ["CLinux"],
        "Core/JSON": [],
        "Core/Commerce": ["JSON"],
        "Core/Topology": [],
        "Core/Messaging": ["CRabbitMQ", "CLinux", "Reactor", "Topology"],
        "Core/Database": ["CPostgres", "CLinux", "Reactor"],
        "Core/HTTPClient": ["CCurl", "CLinux", "Reactor"],
        "Core/Work": ["Database", "JSON", "Messaging", "Topology"],
        "Core/Store": ["Commerce", "Database", "JSON"],
        "Core/Providers": ["Commerce", "HTTPClient", "JSON"],
    ]

    @Test(arguments: allowed.keys.sorted())
    func `a module knows only the modules it may know`(_ folder: String) throws {
        let files = try Sources.swift(under: folder)
        #expect(!files.isEmpty)
        let watched = Sources.ours.union(["CLinux", "CRabbitMQ", "CPostgres", "CCurl"])
        for file in files {
            let strangers = file.imports.intersection(watched).subtracting(try #require(Self.allowed[folder]))
            #expect(strangers.isEmpty, "\(file.path) imports \(strangers.sorted().joined(separator: ", "))")
        }
    }

    @Test func `the domain does no input or output`() throws {
        for file in try Sources.swift(under: "Core/Commerce") {
            let strangers = file.imports.subtracting(["Crypto", "FoundationEssentials", "JSON"])
            #expect(strangers.isEmpty, "\(file.path) imports \(strangers.sorted().joined(separator: ", "))")
        }
    }

    @Test func `C modules are imported internally and by name only where their handles live`() throws {
        for file in try Sources.swift(under: "Core", "Workers") {
            for line in file.text.split(separator: "\n") where line.contains("import C") {
                let words = line.split(separator: " ")
                guard let name = words.last, ["CRabbitMQ", "CPostgres", "CCurl", "CLinux"].contains(name) else { continue }
                #expect(words.first != "public" && words.first != "package", "\(file.path) exports \(name)")
            }
        }
    }

    @Test func `messages are acknowledged in one file`() throws {
        let files = try Sources.swift(under: "Core/Work", "Core/Store", "Core/Providers", "Workers")
            .filter { $0.text.contains(".acknowledge(") }.map(\.path)
        #expect(files == ["Core/Work/Station.swift"])
    }

    @Test func `nothing publishes but settling, the clock, the intake and the benchmark that fills the queue`() throws {
        let files = try Sources.swift(under: "Core/Work", "Core/Store", "Core/Providers", "Workers")
            .filter { $0.text.contains(".publish(") }.map(\.path)
        for path in files {
            let isAllowed =
                ["Core/Work/WorkLoop.swift", "Core/Work/Clock.swift"].contains(path) || path.hasPrefix("Workers/Intake/")
                || path.hasPrefix("Workers/Command/Benchmark/")
            #expect(isAllowed, "\(path) publishes")
        }
    }

    @Test func `no worker names another worker's types`() throws {
        let workers = ["Placement", "Inventory", "Payments", "Fulfillment", "Settlement", "Tracking", "Notifications", "Webhooks"]
        var declared: [String: Set<String>] = [:]
        for worker in workers {
            for file in try Sources.swift(under: "Workers/\(worker)") {
                for match in file.text.matches(of: /(?m)^(?:public |package )?(?:final )?(?:struct|class|enum|actor|protocol) (\w+)/) {
                    declared[worker, default: []].insert(String(match.1))
                }
            }
        }
        for worker in workers {
            let foreign = declared.filter { $0.key != worker }.values.reduce(into: Set()) { $0.formUnion($1) }
            for file in try Sources.swift(under: "Workers/\(worker)") {
                let code = file.text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
                let words = Set(code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
                let named = words.intersection(foreign).subtracting(declared[worker] ?? [])
                // A word may also be a case or a member of the same name: only uses as a type count.
                let used = named.filter { name in code.contains("\(name)(") || code.contains(": \(name)") || code.contains("<\(name)>") }
                #expect(used.isEmpty, "\(file.path) names \(used.sorted().joined(separator: ", "))")
            }
        }
    }
}

@Suite struct Habits {
    @Test func `files stay short`() throws {
        for file in try Sources.swift(under: "Core", "Workers", "Tests") {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 401, "\(file.path) has \(lines) lines; 400 is the most")
        }
    }

    @Test func `no file is named after nothing`() throws {
        for file in try Sources.swift(under: "Core", "Workers", "Tests") {
            for word in ["Utils", "Helpers", "Manager", "Common", "New"] {
                #expect(
                    !file.path.split(separator: "/").contains { $0.hasPrefix(word) && $0.dropFirst(word.count).first?.isLowercase != true },
                    "\(file.path)")
            }
        }
    }

    @Test func `SQL is written in the store, the engine, and the operators' commands only`() throws {
        for file in try Sources.swift(
            under: "Core/Commerce", "Core/Providers", "Core/Messaging", "Workers/Placement", "Workers/Inventory", "Workers/Settlement")
        {
            #expect(!file.text.contains("Query(\n") && !file.text.contains("Query(\""), "\(file.path) holds SQL")
        }
    }
}

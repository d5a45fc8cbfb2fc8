internal import Commerce
internal import Foundation
internal import Glibc
internal import HTTPClient
internal import Logging

/// An intake as a process of its own, for the time of a benchmark.
struct IntakeProcess {
    private let process: Process
    let port: Int

    var processID: Int32 { process.processIdentifier }

    static func start(program: String, amqpURL: String, databaseURL: String, pepper: String) throws -> IntakeProcess {
        let port = try freePort()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["intake"]
        var environment = ProcessInfo.processInfo.environment
        environment["SLUICE_AMQP_URL"] = amqpURL
        environment["SLUICE_DATABASE_URL"] = databaseURL
        environment["SLUICE_INTAKE_HOST"] = "127.0.0.1"
        environment["SLUICE_INTAKE_PORT"] = String(port)
        environment["SLUICE_KEY_PEPPER"] = pepper
        environment["SLUICE_SEALING_KEYS"] = Sealing.newKeys(id: "benchmark")
        environment["SLUICE_INDEX_KEY"] = BlindIndex.newKey()
        environment["SLUICE_LOG_LEVEL"] = environment["SLUICE_LOG_LEVEL"] ?? "warning"
        process.environment = environment
        // What it says belongs to people; this process's output may be for a script.
        process.standardOutput = FileHandle.standardError
        try process.run()
        return IntakeProcess(process: process, port: port)
    }

    /// Waits until it would hand orders to the broker.
    func waitUntilReady() async throws {
        let client = HTTPClient(logger: Logger(label: "sluice.benchmark"))
        do {
            try await waitUntilReady(by: client)
            await client.close()
        } catch {
            await client.close()
            throw error
        }
    }

    private func waitUntilReady(by client: HTTPClient) async throws {
        let request = HTTPRequest(method: "GET", url: "http://127.0.0.1:\(port)/readyz")
        for _ in 0..<150 {
            guard process.isRunning else {
                throw BenchmarkError(description: "the intake ended with status \(process.terminationStatus)")
            }
            let answer = try? await client.execute(request, deadline: .seconds(2))
            if let answer, String(decoding: answer.body, as: UTF8.self).contains(#""mode":"broker""#) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw BenchmarkError(description: "the intake was not ready within 15 s")
    }

    /// Ends it, gracefully if it will.
    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        for _ in 0..<100 where process.isRunning { usleep(50_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// What it holds in memory.
    var residentMebibytes: Double {
        let text = (try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (line.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) / 1_024
    }

    private static func freePort() throws -> Int {
        // Below the ports that outgoing connections are given, which would take it away again.
        for _ in 0..<100 {
            let port = Int.random(in: 20_000..<32_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            }
            if bound == 0 { return port }
        }
        throw BenchmarkError(description: "no free port from 20,000 to 31,999")
    }
}

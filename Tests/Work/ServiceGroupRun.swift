import Logging
import ServiceLifecycle

/// A service in a group of its own, as a process would run it.
struct ServiceGroupRun: Sendable {
    private let group: ServiceGroup
    private let task: Task<Void, any Error>

    init(_ service: any Service) {
        let group = ServiceGroup(services: [service], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.group = group
        task = Task { try await group.run() }
    }

    func shutDown() async { await group.triggerGracefulShutdown() }

    func ended() async throws { try await task.value }
}

internal import Commerce
internal import FoundationEssentials
internal import HTTPTypes
internal import Logging
internal import ServiceLifecycle
internal import Store
internal import Synchronization

/// The API's keys, held in memory: a request is authenticated without asking anyone, and also while the database is away.
final class KeyRing: Service {
    /// How often the keys are read anew: a revoked key opens for this long at most, a new one is known after it.
    static let interval: Duration = .seconds(3)

    private let access: Access
    private let pepper: KeyPepper
    private let logger: Logger
    private let keys = Mutex<[String: StoredKey]?>(nil)

    init(access: Access, pepper: KeyPepper, logger: Logger) {
        self.access = access
        self.pepper = pepper
        self.logger = logger
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                // Not waited for longer: the end of the intake waits for this.
                _ = await Deadline.within(Self.interval) { await self.refresh() }
                try await Task.sleep(for: self.isLoaded ? Self.interval : .milliseconds(250))
            }
        }
    }

    /// Whether keys were ever read; before that nobody can be told from anybody.
    var isLoaded: Bool { keys.withLock { $0 != nil } }

    /// Reads the keys; the ones held stay where that fails.
    func refresh() async {
        do {
            let stored = try await access.keys()
            let keys = Dictionary(stored.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            self.keys.withLock { $0 = keys }
        } catch {
            logger.debug("the keys could not be read; those known stay", metadata: ["error": "\(error)"])
        }
    }

    /// Who makes a request, by its `Authorization: Bearer` field.
    func authenticate(_ field: String?) throws(Problem) -> StoredKey {
        guard let keys = keys.withLock({ $0 }) else {
            throw .unavailable("the keys were not read yet", retryAfter: 2)
        }
        guard let field else { throw .unauthorized("an API key is needed: Authorization: Bearer sk_…") }
        guard field.utf8.count > 7, field.prefix(7).lowercased() == "bearer ", let key = AccessKey(parsing: String(field.dropFirst(7)))
        else {
            throw .unauthorized("the Authorization field is not Bearer and a key")
        }
        let stored = keys[key.id]
        // An unknown id takes as long as a wrong secret.
        guard pepper.matches(key, hash: stored?.hash ?? Self.noHash), let stored else { throw .unauthorized("the key is not known") }
        if let expires = stored.expires, expires <= Date() { throw .unauthorized("the key has expired") }
        return stored
    }

    private static let noHash = [UInt8](repeating: 0, count: 32)
}

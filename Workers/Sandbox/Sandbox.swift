public import Logging
public import ServiceLifecycle

/// The outside world, simulated: WeChat Pay, Kuaidi100, Aliyun SMS, the merchants and the storefronts, each over real HTTP and in its
/// own protocol, verifying and signing as the real one does.
///
/// It shares no code with the adapters it is called by: what both get wrong in the same way would otherwise pass.
public enum Sandbox {
    /// The sandbox as a service: it listens until it is shut down gracefully.
    /// - Throws: ``SandboxError`` when its directory can't be used.
    public static func service(configuration: SandboxConfiguration, logger: Logger) throws(SandboxError) -> any Service {
        throw SandboxError("not yet")
    }
}

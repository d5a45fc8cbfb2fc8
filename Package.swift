// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is built with: C types can't leak through an import, and a warning is an error.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// A target of ours; `Core/<name>` unless a path is given.
func target(
    _ name: String, path: String? = nil, exclude: [String] = [], resources: [Resource]? = nil, _ dependencies: [Target.Dependency]
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path ?? "Core/\(name)", exclude: exclude, resources: resources, swiftSettings: strict)
}

/// The tests of a target: `Tests/<name>`.
func tests(of name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies + ["Support"], path: "Tests/\(name)", swiftSettings: strict)
}

let package = Package(
    name: "sluice",
    products: [.executable(name: "sluice", targets: ["sluice"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The only C: module maps over system libraries, and the shims that Swift needs to call them.
        .systemLibrary(name: "CLinux", path: "Core/C/Linux"),
        .systemLibrary(
            name: "CRabbitMQ", path: "Core/C/RabbitMQ", pkgConfig: "librabbitmq",
            providers: [.apt(["librabbitmq-dev"])]),
        .systemLibrary(
            name: "CPostgres", path: "Core/C/Postgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CCurl", path: "Core/C/Curl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]),

        target("Reactor", ["CLinux"]),
        target("JSON", []),
        target("Commerce", ["JSON", crypto]),
        target("Topology", [yams]),
        target("Messaging", ["CRabbitMQ", "Reactor", "Topology", logging, metrics]),
        target("Database", ["CPostgres", "Reactor", crypto, logging, metrics]),
        target("HTTPClient", ["CCurl", "Reactor", logging, metrics]),
        target("Work", ["Database", "JSON", "Messaging", "Topology", crypto, logging, metrics, tracing, lifecycle]),
        target("Store", resources: [.embedInCode("Migrations")], ["Commerce", "Database", "JSON"]),
        target("Providers", ["Commerce", "HTTPClient", "JSON", crypto, cryptoExtras]),

        target(
            "Intake", path: "Workers/Intake", resources: [.embedInCode("openapi.yaml")],
            [
                "Commerce", "Database", "JSON", "Messaging", "Providers", "Store", "Topology", "Work", crypto, httpTypes, hummingbird,
                lifecycle, logging, metrics, nioCore, nioPosix,
            ]),
        target(
            "Sandbox", path: "Workers/Sandbox",
            ["HTTPClient", "JSON", crypto, cryptoExtras, hummingbird, lifecycle, logging]),
        target(
            "Workers", path: "Workers", exclude: ["Intake", "Sandbox", "Command", "PrivateServers"],
            [
                "Commerce", "Database", "HTTPClient", "JSON", "Messaging", "Providers", "Store", "Topology", "Work", crypto, lifecycle,
                logging, metrics,
            ]),
        // A RabbitMQ node and a PostgreSQL of our own, for `sluice up` and for the tests.
        target("PrivateServers", path: "Workers/PrivateServers", ["CLinux"]),
        .executableTarget(
            name: "sluice",
            dependencies: [
                "Commerce", "Database", "HTTPClient", "Intake", "JSON", "Messaging", "PrivateServers", "Providers", "Sandbox", "Store",
                "Topology", "Work", "Workers", crypto, cryptoExtras, lifecycle, logging, metrics,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Workers/Command", swiftSettings: strict),

        // What tests share: a private broker and database for a run, deadlines, free ports.
        .target(
            name: "Support",
            dependencies: ["Database", "Messaging", "PrivateServers", "Topology", logging, nioCore, nioHTTP, nioPosix],
            path: "Tests/Support", swiftSettings: strict),
        tests(of: "JSON", ["JSON"]),
        tests(of: "Commerce", ["Commerce", "JSON"]),
        tests(of: "Topology", ["Topology"]),
        tests(of: "Reactor", ["Reactor"]),
        tests(of: "Messaging", ["Messaging", "PrivateServers", "Topology", logging]),
        tests(of: "Database", ["Database", "PrivateServers", logging]),
        tests(of: "HTTPClient", ["HTTPClient", logging]),
        tests(of: "Work", ["Database", "JSON", "Messaging", "PrivateServers", "Store", "Topology", "Work", lifecycle, logging]),
        tests(of: "Store", ["Commerce", "Database", "JSON", "Store", logging]),
        tests(of: "Providers", ["HTTPClient", "JSON", "Providers", crypto, cryptoExtras, logging]),
        tests(
            of: "Intake",
            [
                "Commerce", "Database", "HTTPClient", "Intake", "JSON", "Messaging", "Providers", "Store", "Topology", "Work", crypto,
                httpTypes, hummingbird, lifecycle, logging, yams,
            ]),
        tests(
            of: "Sandbox",
            ["HTTPClient", "JSON", "Providers", "Sandbox", crypto, cryptoExtras, hummingbird, lifecycle, logging]),
        tests(of: "PrivateServers", ["PrivateServers"]),
        tests(of: "Workers", ["Commerce", "Database", "HTTPClient", "JSON", "Providers", "Store", "Topology", "Work", "Workers", logging]),
        tests(of: "House", ["Topology", "Workers"]),
        tests(
            of: "Flow",
            ["Commerce", "Database", "HTTPClient", "JSON", "Messaging", "PrivateServers", "Sandbox", "Store", "Topology", "Work", logging]),
    ]
)

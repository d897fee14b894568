// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "expert-replay",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "expert-replay", targets: ["expert-replay"]),
    .library(name: "RoutingTrace", targets: ["RoutingTrace"]),
    .library(name: "LoadBalancing", targets: ["LoadBalancing"]),
    .library(name: "PerformanceModel", targets: ["PerformanceModel"]),
    .library(name: "Replay", targets: ["Replay"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/ordo-one/TextTable", from: "0.0.2"),
  ],
  targets: [
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "Diagnostics", dependencies: ["Yams"]),
    .target(name: "Files", dependencies: ["Diagnostics"]),
    .target(name: "Randomness"),
    .target(name: "Gzip", dependencies: ["CZlib", "Diagnostics"]),
    .target(
      name: "RoutingTrace",
      dependencies: ["Gzip", "Diagnostics", "Files", "Randomness"]),
    .target(name: "LoadBalancing", dependencies: ["Diagnostics", "Gzip", "Randomness"]),
    .target(name: "PerformanceModel", dependencies: ["Diagnostics"]),
    .target(
      name: "Replay",
      dependencies: ["RoutingTrace", "LoadBalancing", "PerformanceModel", "Diagnostics", "Files", "Randomness"]),
    .target(
      name: "Reporting",
      dependencies: [
        "Replay", "RoutingTrace", "LoadBalancing", "PerformanceModel", "Diagnostics", "TextTable",
        .product(name: "Mustache", package: "swift-mustache"),
      ]),
    .executableTarget(
      name: "expert-replay",
      dependencies: [
        "Reporting", "Replay", "RoutingTrace", "LoadBalancing", "PerformanceModel", "Files", "Diagnostics",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(name: "CommandRunner", dependencies: ["expert-replay"], path: "Tests/CommandRunner"),
    .target(name: "PythonRunner", path: "Tests/PythonRunner"),
    .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics", "Files"]),
    .testTarget(name: "GzipTests", dependencies: ["Gzip", "Diagnostics"]),
    .testTarget(
      name: "RoutingTraceTests",
      dependencies: ["RoutingTrace", "Gzip", "Diagnostics", "Files", "Randomness", "PythonRunner"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "LoadBalancingTests", dependencies: ["LoadBalancing", "Diagnostics", "Randomness"],
      resources: [.copy("Data")]),
    .testTarget(
      name: "PerformanceModelTests", dependencies: ["PerformanceModel", "Diagnostics", "Randomness"],
      resources: [.copy("Data")]),
    .testTarget(
      name: "ReplayTests",
      dependencies: ["Replay", "Reporting", "RoutingTrace", "LoadBalancing", "PerformanceModel", "Diagnostics"]),
    .testTarget(
      name: "CommandLineTests", dependencies: ["CommandRunner", "PythonRunner"], exclude: ["malicious.py"]),
    .testTarget(
      name: "ConformanceTests",
      dependencies: [
        "CommandRunner", "PythonRunner", "Replay", "Reporting", "RoutingTrace", "LoadBalancing", "PerformanceModel",
        "Gzip", "Files", "Diagnostics",
      ]),
  ],
  swiftLanguageModes: [.v6]
)

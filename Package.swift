// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "expert-replay",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "expert-replay", targets: ["expert-replay"]),
    .library(name: "ExpertReplay", targets: ["ExpertReplay"]),
    .library(name: "Presets", targets: ["Presets"]),
    .library(name: "Reporting", targets: ["Reporting"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "Diagnostics", dependencies: ["Yams", .product(name: "Logging", package: "swift-log")]),
    .target(name: "CSHA256"),
    .target(name: "Files", dependencies: ["CSHA256", "Diagnostics"]),
    .target(name: "Randomness"),
    .target(name: "Parallelism", dependencies: ["Diagnostics"]),
    .target(name: "Pairing", dependencies: ["Parallelism"]),
    .target(name: "Containers", dependencies: ["CZlib", "Diagnostics", "Files"]),
    .target(
      name: "RoutingTrace", dependencies: ["Containers", "Diagnostics", "Files", "Parallelism", "Randomness"]),
    .target(name: "TraceImport", dependencies: ["RoutingTrace", "Containers", "Diagnostics", "Files"]),
    .target(name: "ExpertCache", dependencies: ["Diagnostics", "Randomness"]),
    .target(
      name: "Inspection", dependencies: ["ExpertCache", "RoutingTrace", "Pairing", "Parallelism", "Diagnostics"]),
    .target(name: "Workloads", dependencies: ["Inspection", "RoutingTrace", "Diagnostics", "Randomness"]),
    .target(
      name: "LoadBalancing",
      dependencies: ["ExpertCache", "Containers", "Pairing", "Parallelism", "Diagnostics", "Randomness"]),
    .target(name: "PerformanceModel", dependencies: ["Containers", "Diagnostics"]),
    .target(
      name: "Validation",
      dependencies: ["PerformanceModel", "LoadBalancing", "Randomness", "Containers", "Diagnostics"]),
    .target(
      name: "Replay",
      dependencies: [
        "RoutingTrace", "LoadBalancing", "ExpertCache", "PerformanceModel", "Parallelism", "Diagnostics", "Files",
        "Randomness",
      ]),
    .target(
      name: "Presets",
      dependencies: [
        "Replay", "Validation", "Workloads", "Inspection", "RoutingTrace", "LoadBalancing", "PerformanceModel", "Files",
        "Diagnostics",
      ]
    ),
    .target(
      name: "Studies",
      dependencies: [
        "Presets", "Replay", "Workloads", "Inspection", "RoutingTrace", "LoadBalancing", "PerformanceModel",
        "Containers", "Files", "Diagnostics",
      ]),
    .target(name: "Charts", dependencies: ["Diagnostics"]),
    .target(
      name: "Reporting",
      dependencies: [
        "Charts", "Studies", "Replay", "Validation", "Inspection", "PerformanceModel", "Diagnostics",
        .product(name: "Mustache", package: "swift-mustache"),
      ]),
    .target(
      name: "StudyStore",
      dependencies: [
        "Reporting", "Studies", "Replay", "Files", "Diagnostics", .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .target(name: "StudyEngines", dependencies: ["Studies", "Files", "Diagnostics"]),
    .target(
      name: "ExpertReplay",
      dependencies: [
        "StudyEngines", "StudyStore", "Reporting", "Studies", "Presets", "Replay", "Validation", "LoadBalancing",
        "PerformanceModel", "Inspection", "ExpertCache", "Workloads", "TraceImport", "RoutingTrace", "Diagnostics",
      ]),
    .executableTarget(
      name: "expert-replay",
      // The rooms that ExpertReplay re-exports are named, too: a build sees only what a target names, and would not
      // compile it again when one of them changes.
      dependencies: [
        "ExpertReplay", "StudyEngines", "StudyStore", "Reporting", "Studies", "Presets", "Replay", "Validation",
        "LoadBalancing", "PerformanceModel", "Inspection", "ExpertCache", "Workloads", "TraceImport", "RoutingTrace",
        "Files", "Diagnostics", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Examples see the public names alone, as a user's own package does.
    .executableTarget(
      name: "ReplayATrace", dependencies: ["ExpertReplay"], path: "Examples/ReplayATrace", packageAccess: false),
    .executableTarget(
      name: "PlannerOfYourOwn", dependencies: ["ExpertReplay"], path: "Examples/PlannerOfYourOwn", packageAccess: false),
    .executableTarget(
      name: "ReadAResult", dependencies: ["ExpertReplay"], path: "Examples/ReadAResult", packageAccess: false),

    .target(
      name: "CommandRunner", dependencies: ["expert-replay", "PerformanceModel", "TestTraces"],
      path: "Tests/CommandRunner"),
    .target(name: "PythonRunner", path: "Tests/PythonRunner", exclude: ["terminals.py"]),
    .target(
      name: "TestTraces", dependencies: ["RoutingTrace", "Replay", "LoadBalancing", "PerformanceModel", "Randomness"],
      path: "Tests/TestTraces"),
    .testTarget(name: "RandomnessTests", dependencies: ["Randomness"]),
    .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics"]),
    .testTarget(
      name: "LimitsTests",
      dependencies: [
        "CommandRunner", "Containers", "Diagnostics", "Files", "LoadBalancing", "PerformanceModel", "Presets", "Replay",
        "RoutingTrace", "Studies", "TestTraces", "Validation", "Workloads",
      ]),
    .testTarget(name: "FilesTests", dependencies: ["Files", "Diagnostics"]),
    .testTarget(name: "ContainersTests", dependencies: ["Containers", "Files", "Diagnostics"]),
    .testTarget(name: "ParallelismTests", dependencies: ["Parallelism", "Diagnostics"]),
    .testTarget(name: "PairingTests", dependencies: ["Pairing", "Randomness"]),
    .testTarget(
      name: "RoutingTraceTests",
      dependencies: ["RoutingTrace", "Workloads", "Containers", "Randomness", "PythonRunner", "TestTraces"]),
    .testTarget(
      name: "TraceImportTests", dependencies: ["TraceImport", "Containers", "PythonRunner", "TestTraces"],
      exclude: ["Fixtures"]),
    .testTarget(name: "ExpertCacheTests", dependencies: ["ExpertCache", "Diagnostics", "Randomness"]),
    .testTarget(
      name: "InspectionTests",
      dependencies: ["Inspection", "ExpertCache", "Diagnostics", "Randomness", "TestTraces"]),
    .testTarget(name: "WorkloadsTests", dependencies: ["Workloads", "Inspection", "TestTraces"]),
    .testTarget(
      name: "LoadBalancingTests",
      dependencies: ["LoadBalancing", "Containers", "Diagnostics", "Randomness", "TestTraces"],
      resources: [.copy("Data")]),
    .testTarget(
      name: "PerformanceModelTests", dependencies: ["PerformanceModel", "Diagnostics", "Randomness", "TestTraces"],
      resources: [.copy("Data")]),
    .testTarget(
      name: "ValidationTests",
      dependencies: ["Validation", "PerformanceModel", "Diagnostics", "Randomness"]),
    .testTarget(
      name: "ReplayTests",
      dependencies: [
        "Replay", "ExpertCache", "Inspection", "Reporting", "TestTraces",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "InMemoryLogging", package: "swift-log"),
      ]),
    .testTarget(
      name: "PresetsTests", dependencies: ["ExpertReplay", "TestTraces"], resources: [.copy("Golden")]),
    .testTarget(
      name: "StudiesTests",
      dependencies: [
        "Studies", "ExpertCache", "StudyStore", "Presets", "Reporting", "Replay", "LoadBalancing", "PerformanceModel",
        "RoutingTrace", "Containers", "Files", "Diagnostics", "Randomness", "CommandRunner", "TestTraces",
      ]),
    .testTarget(name: "StudyEnginesTests", dependencies: ["StudyEngines", "Diagnostics"]),
    .testTarget(name: "ChartsTests", dependencies: ["Charts"]),
    .testTarget(
      name: "ReportingTests",
      dependencies: [
        "Reporting", "Charts", "Studies", "Replay", "ExpertCache", "LoadBalancing", "Inspection", "Diagnostics",
        "CommandRunner", "PythonRunner", "TestTraces",
      ],
      exclude: ["Golden"]),
    .testTarget(
      name: "CommandLineTests", dependencies: ["CommandRunner", "PythonRunner"],
      exclude: ["malicious.py", "Benchmarks"]),
    .testTarget(name: "LongTests", dependencies: ["CommandRunner", "ExpertReplay", "TestTraces"]),
    .testTarget(
      name: "DocumentationTests",
      dependencies: [
        "CommandRunner", "PythonRunner", "TestTraces", "LoadBalancing", "PerformanceModel", "TraceImport",
        "RoutingTrace", "Containers", "Files", "Diagnostics", "Randomness", "Reporting", "ReplayATrace",
        "PlannerOfYourOwn", "ReadAResult",
      ]),
    .testTarget(
      name: "ConformanceTests",
      dependencies: [
        "CommandRunner", "PythonRunner", "TestTraces", "ExpertReplay", "Containers", "Files", "Diagnostics",
      ]),
  ],
  swiftLanguageModes: [.v6]
)

// What `make fuzz` builds, under sanitizers that bring a `main` of their own: no target of a plain build.
if Context.environment["EXPERT_REPLAY_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzz-readers",
      dependencies: [
        "Reporting", "Studies", "Presets", "Replay", "Validation", "LoadBalancing", "PerformanceModel", "Workloads",
        "TraceImport", "RoutingTrace", "Containers", "Files", "Diagnostics",
      ],
      path: "Tests/Fuzzing/Readers"))
}

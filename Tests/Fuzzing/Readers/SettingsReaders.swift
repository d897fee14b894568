import Diagnostics
import LoadBalancing
import PerformanceModel
import Presets
import RoutingTrace
import Studies
import Workloads

extension FuzzedReader {
  /// YAML, and words that options take.
  static let settingsReaders = [
    FuzzedReader("yaml") { bytes in
      let settings = try Settings(parsing: text(bytes), name: "a.yaml")
      for key in settings.keys { _ = try? settings.string(key) }
      try settings.rejectUnknownKeys()
    },
    FuzzedReader("policy") { bytes in
      let policy = try BalancingPolicy(named: policyFile.write(bytes))
      _ = try? policy.checkFits(layers: 2, experts: 8)
    },
    FuzzedReader("cluster") { bytes in _ = try Machine(named: clusterFile.write(bytes)) },
    FuzzedReader("model") { bytes in _ = try ModelShape(named: modelFile.write(bytes)).routed },
    FuzzedReader("workload") { bytes in _ = try Workload(named: workloadFile.write(bytes)) },
    FuzzedReader("study") { bytes in _ = try StudyFile(named: studyFile.write(bytes)) },
    FuzzedReader("packet-program") { bytes in _ = try PacketProgram(parsing: text(bytes), name: "params.py", as: "a") },
    FuzzedReader("options") { bytes in
      let word = try text(bytes)
      try choice(optionReaders, for: bytes)(word)
    },
  ]

  private static let policyFile = ScratchFile("policy.yaml")
  private static let clusterFile = ScratchFile("cluster.yaml")
  private static let modelFile = ScratchFile("model.yaml")
  private static let workloadFile = ScratchFile("workload.yaml")
  private static let studyFile = ScratchFile("study.yaml")

  private static let optionReaders: [@Sendable (String) throws -> Void] = [
    { _ = try parseSelection($0, option: "--layers") },
    { _ = try parseRange($0, option: "--steps") },
    { _ = try Horizon($0) },
    { _ = try Quantity($0) },
    { _ = try TracePart.parse($0) },
    { _ = try StudyMap.Axis.list($0, option: "--rows") },
    { _ = try Phase.registry.named($0, option: "--phase") },
    { _ = try BalancingPolicy(named: $0) },
    { _ = try BalancingPolicy(inForce: $0) },
    { _ = try BalancingPolicy(named: "eplb:\($0)") },
    { _ = try Machine(named: "h100-cx7:\($0)") },
    { _ = try Machine(named: "h100-ib:\($0)") },
    { _ = try ModelShape(named: "deepseek-v3:\($0)") },
    { _ = try Workload(named: "decode-256:\($0)") },
  ]
}

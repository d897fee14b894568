import CommandRunner
import Diagnostics
import LoadBalancing
import PerformanceModel
import Presets
import Studies
import Validation
import Workloads

/// A kind of file with keys, and how it is read.
enum FileKind: String, CaseIterable, Sendable {
  case policy, plan, workload, cluster, model, study, table, parameters

  /// What the table of limits calls those of its kind.
  var heading: String {
    switch self {
    case .policy: "Policies"
    case .plan: "Plans for TensorRT-LLM"
    case .workload: "Workloads"
    case .cluster: "Clusters"
    case .model: "Models"
    case .study: "Studies"
    case .table: "Tables of measurements"
    case .parameters: "`params.py`"
    }
  }

  /// A file that is in order.
  var base: KeyValuePairs<String, String> {
    switch self {
    case .policy:
      [
        "name": "a", "predictor": "{kind: moving-average, window: 4}", "planner": "{kind: eplb, redundantSlots: 0}",
        "schedule": "{kind: every, steps: 4}", "dispatch": "{kind: even}",
      ]
    case .plan: ["initial_global_assignments": "{0: [0, 1]}"]
    case .workload:
      [
        "name": "a", "experts": "8", "topK": "2", "layers": "2", "steps": "4", "tokensPerStep": "8",
        "popularity": "{kind: uniform}",
      ]
    case .cluster:
      [
        "name": "a", "ranksPerNode": "4", "allToAll": "port", "scaleUp": "{bandwidth: 100 GB/s}",
        "scaleOut": "{bandwidth: 10 GB/s}",
      ]
    case .model:
      [
        "name": "a", "layers": "4", "experts": "8", "topK": "1", "hidden": "64", "expertIntermediate": "64",
        "weights": "bf16", "dispatch": "{dtype: bf16}", "combine": "{dtype: bf16}",
      ]
    case .study: ["name": "a", "workloads": "[decode-256]", "policies": "[eplb]"]
    case .table:
      [
        "source": "a", "kind": "all-to-all", "kernel": "deepep-low-latency", "gate": "uniform",
        "dispatch": "{dtype: fp8}", "combine": "{dtype: bf16}",
      ]
    case .parameters:
      [
        "NUM_EXPERTS": "4096", "SEQLEN": "8", "TOP_K": "1", "HOT_RATIO": "0.5", "HOT_WEIGHT": "0.5", "NUM_NODES": "1",
        "NUM_LINKS": "1", "BASE_DELAY": "0", "INITIAL_CPU_DELAY": "0", "PACKET_PREP_DELAY": "0", "INTRA_BW": "100",
        "PACKET_SIZE": "20", "NIC_RATE": "100", "ROUND_ROBIN_MAX_PACKETS": "5", "UNIT_COMM_LOAD": "4",
      ]
    }
  }

  /// Lines behind the keys.
  var rest: [String] {
    guard self == .table else { return [] }
    return ["gpu,ranks,hidden,experts,topk,tokens,dispatch_us,combine_us", "h100,8,2048,128,8,1,10,11"]
  }

  func line(_ key: String, _ value: String) -> String {
    switch self {
    case .table: "# \(key): \(value)"
    case .parameters: "\(key) = \(value)"
    case .policy, .plan, .workload, .cluster, .model, .study: "\(key): \(value)"
    }
  }

  /// As its errors print one.
  func number(_ value: Double) -> String {
    self == .parameters && value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }

  func read(_ path: String) throws {
    switch self {
    case .policy: _ = try BalancingPolicy(named: path)
    case .plan: _ = try WrittenPlan(reading: path)
    case .workload: _ = try Workload(named: path)
    case .cluster: _ = try Machine(named: path)
    case .model: _ = try ModelShape(named: path)
    case .study: _ = try StudyFile(named: path)
    case .table:
      let clusters = Tool.root.appendingPathComponent("clusters").path
      _ = try MeasurementTable(
        csv: String(contentsOfFile: path, encoding: .utf8), name: path,
        machine: { _ in try Machine(named: "\(clusters)/a100-pcie.yaml") },
        model: { throw InputError("no model", in: $0, status: .missing) })
    case .parameters:
      _ = try PacketProgram(parsing: String(contentsOfFile: path, encoding: .utf8), name: path, as: "a")
    }
  }
}

import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import Testing
import TraceImport

/// On recordings that it plans from, placement by price takes no longer than contiguous blocks or a packing by load.
@Suite struct AffinityConformanceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var recording: String
    var model: String
    var cluster: String
    var ranks: Int

    var testDescription: String { "\(recording) on \(ranks) ranks of \(cluster)" }
  }

  static let cases = ["h100-ib", "h100-ib-low-latency", "b200-ib"].flatMap { cluster in
    [8, 32].flatMap { ranks in
      [
        Case(recording: "gpt-oss", model: "gpt-oss-20b", cluster: cluster, ranks: ranks),
        Case(recording: "esft", model: "deepseek-v2-lite", cluster: cluster, ranks: ranks),
      ]
    }
  }

  private static func steps(_ recording: String) throws -> any StepSource {
    let names = recording == "esft" ? ["esft-intent", "esft-law", "esft-translation"] : ["gpt-oss-20b-decode"]
    let imported = try Imports.named("routed-experts")
      .open(names.map { Shared.path("traces/\($0).npz") }, options: ImportOptions())
    return try imported.steps(
      batching: recording == "esft" ? .prefill(tokensPerStep: 512) : .decode(sequences: 64, skip: 8))
  }

  private static func policy(_ planner: String) throws -> BalancingPolicy {
    let text = """
      name: \(planner)
      predictor: {kind: oracle}
      planner: {kind: \(planner)}
      schedule: {kind: initial}
      dispatch: {kind: even}
      """
    return try BalancingPolicy(settings: Settings(parsing: text, name: planner))
  }

  @Test(arguments: cases) func `at most 1 % slower than static or greedy on what it plans from`(_ item: Case) throws {
    let source = try Self.steps(item.recording)
    let setting = try ReplaySetting(
      header: source.header,
      cluster: Cluster(settings: Preset.settings("clusters/\(item.cluster)")).resized(ranks: item.ranks),
      model: ModelShape(settings: Preset.settings("models/\(item.model)")))
    let job = ReplayJob(
      setting: setting, baseline: .static, policies: [try Self.policy("greedy"), try Self.policy("affinity")], seed: 0,
      threads: 2, open: { try Self.steps(item.recording) })
    let totals = try job.run(on: source).result.policies.map(\.time.total)
    #expect(totals[2] <= min(totals[0], totals[1]) * 1.01, "\(totals)")
  }
}

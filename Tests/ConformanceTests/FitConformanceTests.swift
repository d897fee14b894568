import CommandRunner
import Foundation
import Inspection
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import Studies
import Testing
import TraceImport
import Workloads

/// A workload that is fitted to a recording generates traces like it.
@Suite struct FitConformanceTests {
  static func job(_ header: TraceHeader, model: String) throws -> ReplayJob {
    func policy(_ name: String) throws -> BalancingPolicy {
      try BalancingPolicy(settings: try Preset.settings("policies/\(name)"))
    }
    let setting = try ReplaySetting(
      header: header, cluster: Cluster(settings: Preset.settings("clusters/moe-comms")).resized(ranks: 8),
      model: ModelShape(settings: Preset.settings("models/\(model)")))
    // How long moves take is no property of a trace.
    var eplb = try policy("eplb")
    eplb.schedule.migration = .blocking
    return ReplayJob(setting: setting, baseline: try policy("static"), policies: [eplb], seed: 0, threads: 2)
  }

  @Test(arguments: [
    ("gpt-oss-20b-decode", "gpt-oss-20b", Batching.decode(sequences: 64, skip: 8)),
    ("esft-law", "deepseek-v2-lite", .prefill(tokensPerStep: 1024)),
  ])
  func `skewness, step imbalance, co-activation and EPLB's improvement are the recording's`(
    recording: String, model: String, batching: Batching
  ) throws {
    func open() throws -> any StepSource {
      let imported = try Imports.named("routed-experts")
        .open([Shared.path("traces/\(recording).npz")], options: ImportOptions())
      return try imported.steps(batching: batching)
    }
    let statistics = try TraceStatistics(try open())
    let fitted = try Workload(parsing: try WorkloadFit.fit(statistics, name: "fitted").yaml, name: "fitted.yaml")
    let comparison = try RoutingComparison(try TraceStatistics(WorkloadGenerator(fitted)), reference: statistics)
    for skewness in [comparison.skewnessMean, comparison.skewnessMax] {
      #expect(abs(skewness.trace / skewness.reference - 1) < 0.05)
    }
    #expect(comparison.stepImbalanceDistance <= 0.1)
    let overlap = try #require(comparison.neighbourOverlap)
    #expect(abs(overlap.trace - overlap.reference) < 0.02)
    let lift = try #require(comparison.pairLift)
    #expect(lift.reference > 1.8)
    #expect(abs(lift.trace / lift.reference - 1) < 0.1)
    let machine = try MachineComparison(
      trace: Self.job(fitted.header, model: model).run(on: WorkloadGenerator(fitted)).result,
      reference: Self.job(statistics.header, model: model).run(on: open()).result)
    let improvement = try #require(machine.policies[1].improvement)
    let recorded = try #require(machine.policies[1].referenceImprovement)
    #expect(recorded > 0.03)
    #expect(abs(improvement - recorded) < 0.03)
  }

  @Test(arguments: [
    ("gpt-oss-20b-like", ["gpt-oss-20b-decode"], Batching.decode(sequences: 64, skip: 8), Array(0..<24)),
    (
      "deepseek-v2-lite-like", ["esft-intent", "esft-law", "esft-translation"], .prefill(tokensPerStep: 1024),
      Array(1...26)
    ),
  ])
  func `traces that ship are like the recordings they were fitted to`(
    name: String, recordings: [String], batching: Batching, layers: [Int]
  ) throws {
    let imported = try Imports.named("routed-experts")
      .open(recordings.map { Shared.path("traces/\($0).npz") }, options: ImportOptions())
    let shipped = try TraceReader(path: Tool.root.appendingPathComponent("traces/\(name).moetrace").path)
    #expect(shipped.header.layerNumbers == layers)
    let comparison = try RoutingComparison(
      TraceStatistics(shipped), reference: TraceStatistics(imported.steps(batching: batching)))
    for skewness in [comparison.skewnessMean, comparison.skewnessMax] {
      #expect(abs(skewness.trace / skewness.reference - 1) < 0.05)
    }
    #expect(comparison.stepImbalanceDistance <= 0.1)
    let lift = try #require(comparison.pairLift)
    #expect(abs(lift.trace / lift.reference - 1) < 0.1)
  }
}

import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import Testing

extension PortCase.Level {
  fileprivate var yaml: String {
    "{bandwidth: \(bandwidth) GB/s, dispatchLatency: \(dispatchLatency) us, combineLatency: \(combineLatency) us}"
  }
}

/// The case as files.
extension PortCase {
  fileprivate var traceText: String {
    let header = """
      {"format":"moe-routing-trace","version":1,"layers":\(physicalToLogical.count),"experts":\(experts),\
      "topK":\(topK),"content":"tokens"}
      """
    let lines = steps.enumerated().flatMap { number, step in
      step.layers.enumerated().map { layer, experts in
        "{\"step\":\(number),\"layer\":\(layer),\"experts\":\(experts)"
          + (layer == 0 ? ",\"source\":\(step.source)}" : "}")
      }
    }
    return ([header] + lines).joined(separator: "\n").replacing(" ", with: "") + "\n"
  }

  fileprivate func cluster() throws -> Cluster {
    try Cluster(
      settings: Settings(
        parsing: """
          name: golden
          ranks: \(ranks)
          ranksPerNode: \(ranksPerNode)
          allToAll: port
          copies: \(copies)
          scaleUp: \(scaleUp.yaml)
          scaleOut: \(scaleOut.yaml)
          """, name: name))
  }

  fileprivate func model() throws -> ModelShape {
    try ModelShape(
      settings: Settings(
        parsing: """
          name: golden
          layers: \(physicalToLogical.count)
          experts: \(experts)
          topK: \(topK)
          hidden: \(hidden)
          expertIntermediate: 1024
          weights: fp8
          dispatch: {dtype: \(dispatchDtype), scaleBlock: \(scaleBlock)}
          combine: {dtype: \(combineDtype)}
          """, name: name))
  }

  fileprivate func policy() throws -> BalancingPolicy {
    let plan = """
      {"layers":\(Array(physicalToLogical.indices)),"slotsPerRank":\(slotsPerRank),
       "physicalToLogical":\(physicalToLogical)}
      """
    return try BalancingPolicy(
      settings: Settings(
        parsing: """
          name: golden
          planner: {kind: fixed, file: plan.json}
          schedule: {kind: initial}
          dispatch: {kind: \(dispatchRule)}
          """, name: name)
    ) { try PlanFormats.plan(in: Array(plan.utf8), name: $0) }
  }
}

/// `golden/port.json` through the whole product: files of a trace, a cluster, a model and a plan, replayed.
@Suite struct PortReplayConformanceTests {
  @Test func timesAndBytesEqualTheReference() throws {
    let cases = try PortCase.all()
    #expect(cases.count == 16)
    for known in cases {
      let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).jsonl").path
      try known.traceText.write(toFile: path, atomically: true, encoding: .utf8)
      defer { try? FileManager.default.removeItem(atPath: path) }
      let reader = try TraceReader(path: path)
      let setting = try ReplaySetting(header: reader.header, cluster: known.cluster(), model: known.model())
      let job = ReplayJob(
        setting: setting, baseline: try known.policy(), policies: [], seed: 0, threads: 2)
      let found = try job.run(on: reader).result.policies[0]
      let expected = known.expected
      #expect(abs(found.time.dispatch - expected.dispatchUs) <= 1e-9 * expected.dispatchUs, "\(known.name)")
      #expect(abs((found.time.combine ?? 0) - expected.combineUs) <= 1e-9 * expected.combineUs, "\(known.name)")
      #expect(found.traffic.scaleUpBytes == expected.dispatchScaleUpBytes, "\(known.name)")
      #expect(found.traffic.scaleOutBytes == expected.dispatchScaleOutBytes, "\(known.name)")
      let balances = expected.rankLoad.joined().map { $0.reduce(0, +) / Double(known.ranks) / ($0.max() ?? 1) }
      let balance = balances.reduce(0, +) / Double(balances.count)
      #expect(abs((found.balancedness.rank ?? 0) - balance) < 1e-12, "\(known.name)")
    }
  }
}

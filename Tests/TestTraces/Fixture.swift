import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay

/// Small machines, models and policies.
package enum Fixture {
  package static func cluster(ranks: Int, ranksPerNode: Int, extra: String = "") throws -> Cluster {
    try Cluster(
      settings: Settings(
        parsing: """
          name: test
          ranks: \(ranks)
          ranksPerNode: \(ranksPerNode)
          allToAll: port
          copies: dedup
          scaleUp: {bandwidth: 200 GB/s, dispatchLatency: 10 us, combineLatency: 8 us}
          scaleOut: {bandwidth: 50 GB/s, dispatchLatency: 25 us, combineLatency: 27 us}
          gpu: {memory: 80 GB, hbm: 3.35 TB/s, bf16: 989 TFLOP/s, fp8: 1978 TFLOP/s}
          uncertainty: {communication: {fixed: 0.1, rate: 0.1}, experts: {fixed: 0.1, rate: 0.1}}
          \(extra)
          """, name: "test.yaml"))
  }

  package static func model(experts: Int, topK: Int, layers: Int) throws -> ModelShape {
    try ModelShape(
      settings: Settings(
        parsing: """
          name: test
          layers: \(layers)
          experts: \(experts)
          topK: \(topK)
          hidden: 1024
          expertIntermediate: 512
          weights: bf16
          dispatch: {dtype: bf16}
          combine: {dtype: bf16}
          """, name: "model.yaml"))
  }

  package static func policy(
    _ name: String, predictor: String = "{kind: moving-average, window: 4}",
    planner: String = "{kind: eplb, redundantSlotsPerRank: 1}", schedule: String = "{kind: every, steps: 4}",
    dispatch: String = "{kind: even}"
  ) throws -> BalancingPolicy {
    try BalancingPolicy(
      settings: Settings(
        parsing: """
          name: \(name)
          predictor: \(predictor)
          planner: \(planner)
          schedule: \(schedule)
          dispatch: \(dispatch)
          """, name: "\(name).yaml")
    )
  }

  /// `static`, which never plans.
  ///
  /// - Parameter line: what else its file says.
  package static func staticPolicy(_ line: String = "") throws -> BalancingPolicy {
    try BalancingPolicy(
      settings: Settings(
        parsing: """
          name: p
          planner: {kind: static}
          schedule: {kind: never}
          dispatch: {kind: even}
          \(line)
          """, name: "p.yaml"))
  }

  package static func setting(_ trace: SmallTrace, ranks: Int = 4, ranksPerNode: Int = 2, extra: String = "") throws
    -> ReplaySetting
  {
    try ReplaySetting(
      header: trace.header, cluster: cluster(ranks: ranks, ranksPerNode: ranksPerNode, extra: extra),
      model: model(experts: trace.header.experts, topK: trace.header.topK ?? 1, layers: trace.header.layers))
  }
}

import Diagnostics
import LoadBalancing
import PerformanceModel
import Randomness
import Replay
import RoutingTrace

/// Steps held in memory.
final class MemorySource: StepSource {
  let header: TraceHeader
  private var steps: ArraySlice<RoutingStep>

  init(header: TraceHeader, steps: [RoutingStep]) {
    self.header = header
    self.steps = steps[...]
  }

  func next() -> RoutingStep? { steps.popFirst() }
}

/// A small skewed recording: popularity falls with the expert's number and turns over half way.
struct SmallTrace {
  let header: TraceHeader
  let steps: [RoutingStep]

  init(layers: Int = 3, experts: Int = 16, topK: Int = 2, steps count: Int = 24, tokens: Int = 40, seed: UInt64 = 1) {
    header = TraceHeader(
      name: "small", content: .tokens, layerNumbers: Array(0..<layers), experts: experts, topK: topK)
    var random = SeededGenerator(seed: seed)
    steps = (0..<count).map { number in
      var ids = [UInt16]()
      for _ in 0..<layers * tokens {
        var chosen = [UInt16]()
        while chosen.count < topK {
          let favourite = min(random.below(experts), random.below(experts))
          let id = UInt16(number * 2 < count ? favourite : experts - 1 - favourite)
          if !chosen.contains(id) { chosen.append(id) }
        }
        ids += chosen
      }
      return RoutingStep(number: number, phase: .decode, tokens: tokens, experts: ids)
    }
  }

  func source() -> MemorySource { MemorySource(header: header, steps: steps) }

  /// The same recording as tokens per expert.
  var counted: SmallTrace {
    var header = header
    header.content = .counts
    return SmallTrace(
      header: header,
      steps: steps.map { step in
        var load = ExpertLoad(zeroFor: header.layers, experts: header.experts)
        load.add(step)
        return RoutingStep(number: step.number, tokens: step.tokens, counts: load.values.map { UInt64($0) })
      })
  }

  /// The same recording with experts taken in turn in one layer.
  func flattened(layer: Int) -> SmallTrace {
    let experts = header.experts
    return SmallTrace(
      header: header,
      steps: steps.map { step in
        var step = step
        let visits = step.experts.count / header.layers
        for visit in 0..<visits { step.experts[layer * visits + visit] = UInt16(visit % experts) }
        return step
      })
  }

  /// The same recording, every token's id being its expert in the first layer.
  var withTokenIDs: SmallTrace {
    SmallTrace(
      header: header,
      steps: steps.map { step in
        var step = step
        step.tokenIDs = (0..<step.tokens).map { UInt32(step.experts[$0 * (header.topK ?? 1)]) }
        return step
      })
  }

  func prefix(_ count: Int) -> SmallTrace { SmallTrace(header: header, steps: Array(steps.prefix(count))) }

  func onlyLayer(_ layer: Int) -> SmallTrace {
    var header = header
    header.layerNumbers = [layer]
    return SmallTrace(
      header: header,
      steps: steps.map { step in
        var step = step
        let visits = step.experts.count / self.header.layers
        step.experts = Array(step.experts[layer * visits..<(layer + 1) * visits])
        return step
      })
  }

  private init(header: TraceHeader, steps: [RoutingStep]) {
    self.header = header
    self.steps = steps
  }
}

enum Fixture {
  static func cluster(ranks: Int, ranksPerNode: Int, extra: String = "") throws -> Cluster {
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
          \(extra)
          """, name: "test.yaml"))
  }

  static func model(experts: Int, topK: Int, layers: Int) throws -> ModelShape {
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

  static func policy(
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
    ) { _ in "" }
  }

  static func setting(_ trace: SmallTrace, ranks: Int = 4, ranksPerNode: Int = 2, extra: String = "") throws
    -> ReplaySetting
  {
    try ReplaySetting(
      header: trace.header, cluster: cluster(ranks: ranks, ranksPerNode: ranksPerNode, extra: extra),
      model: model(experts: trace.header.experts, topK: trace.header.topK ?? 1, layers: trace.header.layers))
  }
}

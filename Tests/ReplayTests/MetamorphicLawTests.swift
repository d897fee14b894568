import LoadBalancing
import PerformanceModel
import Randomness
import Replay
import RoutingTrace
import TestTraces
import Testing

/// What must not change, or must change just so, when a recording or a machine is changed; each with its condition.
@Suite struct MetamorphicLawTests {
  private func result(
    _ steps: [RoutingStep], _ header: TraceHeader, _ policies: [BalancingPolicy], ranksPerNode: Int = 2,
    cluster: (inout Cluster) -> Void = { _ in }
  ) throws -> ReplayResult {
    var machine = try Fixture.cluster(ranks: 4, ranksPerNode: ranksPerNode)
    cluster(&machine)
    let setting = try ReplaySetting(
      header: header, cluster: machine,
      model: Fixture.model(experts: header.experts, topK: header.topK ?? 1, layers: header.layers))
    let job = ReplayJob(
      setting: setting, policies: policies, threads: 2, open: { StoredSteps(header: header, steps: steps) })
    return try job.run()
  }

  /// `0..<count` in another order.
  private func order(_ count: Int, _ random: inout SeededGenerator) -> [Int] {
    var order = Array(0..<count)
    for place in stride(from: count - 1, to: 0, by: -1) { order.swapAt(place, random.below(place + 1)) }
    return order
  }

  private func isClose(_ one: Double, _ other: Double, by tolerance: Double = 1e-12) -> Bool {
    abs(one - other) <= tolerance * max(abs(one), abs(other))
  }

  /// Planners that go by load alone, wherever experts were before, told the whole load before the first step, so that nothing is served before.
  private func planners() throws -> [BalancingPolicy] {
    try [
      "{kind: greedy}", "{kind: eplb, redundantSlotsPerRank: 1}", "{kind: eplb, redundantSlotsPerRank: 2}",
    ].enumerated().map { place, planner in
      try Fixture.policy(
        "p\(place)", predictor: "{kind: oracle}", planner: planner, schedule: "{kind: initial}")
    }
  }

  @Test func `what experts are called makes no difference to planners that go by load, if no two parts are equal`()
    throws
  {
    var tested = 0
    for seed in 1..<65 as Range<UInt64> {
      // The first half alone, in which popularity falls steadily.
      let trace = SmallTrace(layers: 2, experts: 16, steps: 12, tokens: 400, seed: seed).prefix(6)
      var load = ExpertLoad(zeroFor: 2, experts: 16)
      for step in trace.steps { load.add(step) }
      guard (0..<2).allSatisfy({ !hasTies(load[$0]) }) else { continue }
      tested += 1
      try checkNames(in: trace, seed: seed)
    }
    #expect(tested >= 6)
  }

  /// Whether two experts, or parts of them that replicas take, are as loaded as each other.
  private func hasTies(_ load: ArraySlice<Double>) -> Bool {
    let parts = load.flatMap { load in (1...4).map { load / Double($0) } }
    return Set(parts).count < parts.count
  }

  private func checkNames(in trace: SmallTrace, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let names = order(16, &random)
    let renamed = trace.steps.map { step in
      var step = step
      step.experts = step.experts.map { UInt16(names[Int($0)]) }
      return step
    }
    let before = try result(trace.steps, trace.header, planners()).policies.dropFirst()
    let after = try result(renamed, trace.header, planners()).policies.dropFirst()
    for (one, other) in zip(before, after) {
      #expect(isClose(one.time.total, other.time.total), "\(one.name)")
      #expect(one.imbalance == other.imbalance && one.traffic == other.traffic, "\(one.name)")
    }
  }

  @Test(arguments: 1..<5 as Range<UInt64>)
  func `ranks of a node are alike: with the experts and tokens of each, they can change places`(seed: UInt64) throws {
    let trace = SmallTrace(layers: 2, experts: 16, steps: 6, tokens: 64, seed: seed)
    var random = SeededGenerator(seed: seed)
    let starts = trace.steps.map { step in
      var step = step
      step.sources = (0..<step.tokens).map { _ in UInt32(random.below(4)) }
      return step
    }
    // Ranks 0 and 1, and 2 and 3, of which each has four experts.
    let moved = starts.map { step in
      var step = step
      step.experts = step.experts.map { $0 ^ 4 }
      step.sources = step.sources?.map { $0 ^ 1 }
      return step
    }
    let before = try result(starts, trace.header, []).policies[0]
    let after = try result(moved, trace.header, []).policies[0]
    #expect(isClose(before.time.total, after.time.total) && isClose(before.time.comm, after.time.comm))
    #expect(before.imbalance == after.imbalance)
    // Not so across nodes: experts follow, tokens that start there do not.
    let torn = starts.map { step in
      var step = step
      step.experts = step.experts.map { $0 ^ 8 }
      return step
    }
    #expect(try result(torn, trace.header, []).policies[0].time.comm != before.time.comm)
  }

  @Test func `layers add up where no move couples them`() throws {
    let trace = SmallTrace(layers: 4, steps: 8, tokens: 80)
    let policies = try [Fixture.policy("random", planner: "{kind: random, seed: 3}", schedule: "{kind: initial}")]
    let whole = try result(trace.steps, trace.header, policies)
    let parts = try (0..<4).map { layer in
      let part = trace.onlyLayer(layer)
      return try result(part.steps, part.header, [])
    }
    let sum = parts.reduce(0) { $0 + $1.policies[0].time.total }
    #expect(isClose(sum, whole.policies[0].time.total))
    #expect(isClose(parts.reduce(0) { $0 + $1.policies[0].time.comm }, whole.policies[0].time.comm))
  }

  @Test func `on one node a faster link shortens what bytes take, and nothing else`() throws {
    let trace = SmallTrace(layers: 2, steps: 6, tokens: 80)
    func comm(_ factor: Double) throws -> Double {
      try result(trace.steps, trace.header, [], ranksPerNode: 4) { cluster in
        cluster.scaleUp?.dispatchBandwidth *= factor
        cluster.scaleUp?.combineBandwidth *= factor
      }.policies[0].time.comm
    }
    let fixed = try comm(1e12)
    let rate = try comm(1) - fixed
    #expect(fixed > 0 && rate > 0)
    for factor in [0.25, 2, 10, 1000] { #expect(isClose(try comm(factor) - fixed, rate / factor, by: 1e-9)) }
  }

  @Test(arguments: 1..<6 as Range<UInt64>) func `nothing is faster than its bound`(seed: UInt64) throws {
    let trace = SmallTrace(layers: 2, steps: 16, tokens: 30, seed: seed)
    let policies = try planners() + [Fixture.policy("causal"), Fixture.policy("best", dispatch: "{kind: optimal}")]
    for policy in try result(trace.steps, trace.header, policies).policies {
      #expect(policy.commBound.time <= policy.time.comm * (1 + 1e-12), "\(policy.name)")
      #expect(policy.optimality.map { $0.gap >= -1e-12 } ?? true, "\(policy.name)")
      #expect(policy.time.moeLower <= policy.time.moeUpper)
    }
  }
}

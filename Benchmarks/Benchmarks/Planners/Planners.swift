import Benchmark
import ExpertReplay
import Foundation

/// Planners on DeepSeek-V3's 58 layers of 256 experts, with log-normal load (σ = 1). 288 slots on 32 ranks and 512 on 256
/// are enough for perfect balance by unequal shares (redundant slots ≥ ranks − 1); 288 on 48, and none redundant, are not.
private func planners() {
  let demand = logNormal(layers: 58, experts: 256, deviation: 1)
  for (slots, ranks, nodes) in [(288, 32, 4), (512, 256, 32), (288, 48, 6), (256, 32, 4)] {
    let shape = PlacementShape(layers: 58, experts: 256, ranks: ranks, nodes: nodes, groups: 8, slots: slots)
    var planners: [(String, any PlacementPlanner)] = [
      ("eplb", EPLBPlanner(slotBudget: .total(slots))), ("fractional", FractionalPlanner(slotBudget: .total(slots))),
    ]
    if slots > 256, ranks != 48 {
      planners.append(("duplicate-hottest", DuplicateHottestPlanner(slotBudget: .total(slots))))
    }
    for (name, planner) in planners {
      Benchmark("\(name) 58 × 256 → \(slots) slots, \(ranks) ranks, \(nodes) nodes") { benchmark in
        let current = Placement.contiguous(shape)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
          blackHole(try planner.plan(PlanningContext(load: demand, shape: shape, current: current)))
        }
      }
    }
  }
}

/// Dispatch of one layer of one step: 512 tokens, top-8 of 256 experts, so 4,096 visits, on 64 ranks of 8 nodes with 320
/// slots. Mild skew is log-normal with σ = 0.5, heavy with σ = 2.
private func dispatch() {
  let rules: [(String, @Sendable () -> any ReplicaDispatch)] = [
    ("even", { EvenDispatch() }), ("nearest", { NearestDispatch() }), ("weighted", { WeightedDispatch() }),
    ("waterfill", { WaterfillDispatch() }), ("optimal", { OptimalDispatch() }), ("vllm", { VLLMDispatch() }),
    ("tensorrt", { TensorRTDispatch() }), ("sglang-static", { SGLangStaticDispatch() }),
  ]
  let shape = PlacementShape(layers: 1, experts: 256, ranks: 64, nodes: 8, groups: 1, slots: 320)
  for (skew, deviation) in [("mild", 0.5), ("heavy", 2.0)] {
    let demand = logNormal(layers: 1, experts: 256, deviation: deviation)
    let visits = Visits(tokens: 512, load: demand)
    for (name, make) in rules {
      Benchmark("\(name) dispatch, 512 tokens on 64 ranks, 320 slots, \(skew) skew") { benchmark in
        let planner = FractionalPlanner(slotBudget: .total(320))
        let plan = try planner.plan(PlanningContext(load: demand, shape: shape))
        var slots = Array(repeating: UInt16(0), count: visits.experts.count)
        var rule = make()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
          var span = slots.mutableSpan
          rule.assign(
            experts: visits.experts.span, sources: visits.sources.span,
            in: DispatchContext(placement: plan.layers[0], topK: 8, ranksPerNode: 8), into: &span)
        }
        blackHole(slots)
      }
    }
  }
}

/// One layer of one step planned after the gate: 16,384 tokens, top-8 of 256 experts, on 64 ranks, by log-normal load; and
/// what is made of the plan, its placement and fetches.
private func exact() {
  var tight = QuotaPlanner(redundantSlotsPerRank: 1)
  tight.minimumTokens = 64
  let planners: [(String, any ExactPlanner)] = [
    ("exact-home-groups", HomeGroupsPlanner()), ("exact-quota", QuotaPlanner(redundantSlotsPerRank: 2)),
    ("exact-quota, searching", tight), ("exact-even", EvenCopiesPlanner(redundantSlotsPerRank: 1)),
    ("exact-least-loaded", LeastLoadedPlanner(minimumTokens: 64)),
    ("exact-greedy", GreedyPairsPlanner(worthwhileTokens: 64)),
  ]
  for (skew, deviation) in [("mild", 0.5), ("heavy", 2.0)] {
    let routed = Visits(tokens: 16_384, load: logNormal(layers: 1, experts: 256, deviation: deviation))
    var counts = Array(repeating: 0, count: 64 * 256)
    for (token, source) in routed.sources.enumerated() {
      for expert in routed.experts[token * 8..<token * 8 + 8] { counts[Int(source) * 256 + Int(expert)] += 1 }
    }
    let visits = LayerVisits(ranks: 64, experts: 256, counts: counts)
    for (name, planner) in planners {
      Benchmark("\(name), 256 experts on 64 ranks, \(skew) skew") { benchmark in
        for _ in benchmark.scaledIterations {
          blackHole(ExactLayer(planner, visits: visits, ranksPerNode: 64))
        }
      }
    }
  }
}

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(metrics: [.wallClock], maxDuration: .seconds(2), maxIterations: 1000)
  planners()
  dispatch()
  exact()
}

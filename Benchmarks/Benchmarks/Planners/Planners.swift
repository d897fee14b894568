import Benchmark
import Foundation
import LoadBalancing

/// DeepSeek-V3's 58 layers of 256 experts with log-normal load (σ = 1), from a fixed linear congruential sequence.
private func load(layers: Int, experts: Int) -> ExpertLoad {
  var state: UInt64 = 88_172_645_463_325_252
  func unit() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (Double(state >> 11) + 1) / 9_007_199_254_740_993
  }
  let values = (0..<layers * experts).map { _ in
    (1000 * exp((-2 * log(unit())).squareRoot() * cos(2 * .pi * unit()))).rounded()
  }
  return ExpertLoad(layers: layers, experts: experts, values: values)
}

/// What one layer of one step routes: tokens of 64 ranks draw 8 of 256 experts by the load of the first layer.
private struct Visits {
  var experts: [UInt16] = []
  var sources: [UInt32] = []

  init(tokens: Int, load: ExpertLoad) {
    var state: UInt64 = 1
    var tickets: [UInt16] = []
    let total = load[0].reduce(0, +)
    for (expert, tokens) in load[0].enumerated() {
      tickets += Array(repeating: UInt16(expert), count: 1 + Int(tokens / total * 10_000))
    }
    for token in 0..<tokens {
      var chosen: Set<UInt16> = []
      while chosen.count < 8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        chosen.insert(tickets[Int(state >> 33) % tickets.count])
      }
      experts += chosen.sorted()
      sources.append(UInt32(token % 64))
    }
  }
}

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(metrics: [.wallClock], maxDuration: .seconds(2), maxIterations: 1000)
  let demand = load(layers: 58, experts: 256)
  for (slots, ranks, nodes) in [(288, 32, 4), (512, 256, 32)] {
    let shape = PlacementShape(
      layers: 58, experts: 256, ranks: ranks, nodes: nodes, groups: 8, slots: slots)
    let planners: [(String, any PlacementPlanner)] = [
      ("eplb", EPLBPlanner(slotBudget: .total(slots))), ("fractional", FractionalPlanner(slotBudget: .total(slots))),
      ("duplicate-hottest", DuplicateHottestPlanner(slotBudget: .total(slots))),
    ]
    for (name, planner) in planners {
      Benchmark("\(name) 58 × 256 → \(slots) slots, \(ranks) ranks, \(nodes) nodes") { benchmark in
        let current = Placement.contiguous(shape)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try planner.plan(demand, shape: shape, current: current)) }
      }
    }
  }
  let rules: [(String, @Sendable () -> any ReplicaDispatch)] = [
    ("even", { EvenDispatch() }), ("nearest", { NearestDispatch() }), ("weighted", { WeightedDispatch() }),
    ("waterfill", { WaterfillDispatch() }), ("optimal", { OptimalDispatch() }),
  ]
  for (name, make) in rules {
    Benchmark("\(name) dispatch, one layer of 512 tokens on 64 ranks, 320 slots") { benchmark in
      let shape = PlacementShape(layers: 58, experts: 256, ranks: 64, nodes: 8, groups: 1, slots: 320)
      let plan = try FractionalPlanner(slotBudget: .total(320)).plan(demand, shape: shape, current: .contiguous(shape))
      let visits = Visits(tokens: 512, load: demand)
      var slots = Array(repeating: UInt16(0), count: visits.experts.count)
      var rule = make()
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        visits.experts.withUnsafeBufferPointer { experts in
          visits.sources.withUnsafeBufferPointer { sources in
            slots.withUnsafeMutableBufferPointer { slots in
              rule.assign(
                experts: experts, topK: 8, sources: sources, placement: plan.layers[0], ranksPerNode: 8, into: slots)
            }
          }
        }
      }
      blackHole(slots)
    }
  }
}

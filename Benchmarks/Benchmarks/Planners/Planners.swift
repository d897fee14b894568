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

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(metrics: [.wallClock], maxDuration: .seconds(2), maxIterations: 1000)
  let demand = load(layers: 58, experts: 256)
  for (slots, ranks, nodes) in [(288, 32, 4), (512, 256, 32)] {
    let shape = PlacementShape(
      layers: 58, experts: 256, ranks: ranks, nodes: nodes, groups: 8, slots: slots)
    Benchmark("eplb 58 × 256 → \(slots) slots, \(ranks) ranks, \(nodes) nodes") { benchmark in
      let planner = EPLBPlanner(slotBudget: .total(slots))
      let current = Placement.contiguous(shape)
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { blackHole(try planner.plan(demand, shape: shape, current: current)) }
    }
  }
}

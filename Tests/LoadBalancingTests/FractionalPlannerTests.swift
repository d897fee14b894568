import Foundation
import LoadBalancing
import Randomness
import Testing

@Suite struct FractionalPlannerTests {
  /// Log-normal with σ up to 2, Zipf with exponents up to 1.3, a few experts with all the load, all equal.
  static func load(_ experts: Int, _ generator: inout SeededGenerator) -> ExpertLoad {
    let family = generator.below(4)
    let strength = generator.unit()
    var values = (0..<experts).map { place -> Double in
      switch family {
      case 0:
        let normal = sqrt(-2 * log(1 - generator.unit())) * cos(2 * Double.pi * generator.unit())
        return (1e4 * exp(2 * strength * normal)).rounded()
      case 1: return (1e6 / pow(Double(place + 1), 1.3 * strength)).rounded()
      case 2: return generator.unit() < strength ? 0 : Double(generator.below(1000))
      default: return 17
      }
    }
    generator.shuffle(&values)
    return ExpertLoad(layers: 1, experts: experts, values: values)
  }

  @Test func isPerfectlyEvenWithRanksLessOneRedundantSlots() throws {
    var generator = SeededGenerator(seed: 2006)
    for _ in 0..<3000 {
      let ranks = 8 << generator.below(6)
      let perRank = 2 + generator.below(7)
      let experts = max(perRank, ranks * (perRank - 1) + 1 - generator.below(ranks))
      let load = Self.load(experts, &generator)
      let shape = PlacementShape(
        layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: ranks * perRank)
      let plan = try FractionalPlanner(slotBudget: .total(shape.slots))
        .plan(PlanningContext(load: load, shape: shape)).layers[0]
      #expect(plan.balancedness(of: load[0]) >= 0.9999)
      #expect(!plan.hasExpertTwiceOnARank)
      #expect(plan.sharesSumToOne)
      #expect((0..<experts).allSatisfy { !plan.slots(ofExpert: $0).isEmpty })
    }
  }

  @Test func isNeverWorseThanEPLBWithAnyNumberOfSlots() throws {
    var generator = SeededGenerator(seed: 13)
    for _ in 0..<600 {
      let ranks = 1 << (1 + generator.below(5))
      let experts = ranks * (1 + generator.below(6))
      let slots = experts + ranks * generator.below(3)
      guard slots / ranks <= experts else { continue }
      let load = Self.load(experts, &generator)
      let shape = PlacementShape(layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: slots)
      let current = Placement.contiguous(shape)
      let plan = try FractionalPlanner(slotBudget: .total(slots)).plan(
        PlanningContext(load: load, shape: shape, current: current)
      ).layers[0]
      let eplb = try EPLBPlanner(slotBudget: .total(slots)).plan(
        PlanningContext(load: load, shape: shape, current: current)
      ).layers[0]
      #expect(plan.balancedness(of: load[0]) >= eplb.balancedness(of: load[0]) * (1 - 1e-9))
      #expect(!plan.hasExpertTwiceOnARank)
      #expect(plan.sharesSumToOne)
    }
  }

  @Test func movesNothingWhenTheLoadStays() throws {
    var generator = SeededGenerator(seed: 3)
    let shape = PlacementShape(layers: 1, experts: 32, ranks: 8, nodes: 2, groups: 1, slots: 40)
    let load = Self.load(32, &generator)
    let planner = FractionalPlanner(slotBudget: .total(40))
    let first = try planner.plan(PlanningContext(load: load, shape: shape))
    let second = try planner.plan(PlanningContext(load: load, shape: shape, current: first))
    #expect(first == second)
  }

  @Test func rejectsMoreSlotsOnARankThanExperts() {
    let shape = PlacementShape(layers: 1, experts: 2, ranks: 2, nodes: 1, groups: 1, slots: 6)
    #expect {
      try FractionalPlanner(slotBudget: .total(6))
        .plan(PlanningContext(load: ExpertLoad(zeroFor: 1, experts: 2), shape: shape))
    } throws: {
      "\($0)".contains("3 slots per rank for 2 experts")
    }
  }

  /// The hottest rank of a placement, whatever its shares.
  private static func hottest(_ plan: LayerPlacement, _ load: ExpertLoad) -> Double {
    (0..<plan.ranks).map { rank in
      (rank * plan.slotsPerRank..<(rank + 1) * plan.slotsPerRank).reduce(0) {
        $0 + load[0][plan.physicalToLogical[$1]] * plan.shares[$1]
      }
    }.max() ?? 0
  }

  @Test func movesOnlyForAColderHottestRankWhereSlotsAreScarce() throws {
    var generator = SeededGenerator(seed: 29)
    var stayed = 0
    for _ in 0..<300 {
      let ranks = 4 << generator.below(4)
      let experts = ranks * (1 + generator.below(6))
      let shape = PlacementShape(layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: experts)
      let planner = FractionalPlanner(slotBudget: .total(experts))
      var values = Array(Self.load(experts, &generator)[0])
      var current = Placement.contiguous(shape)
      for _ in 0..<4 {
        for expert in values.indices { values[expert] += Double(generator.below(8)) }
        let load = ExpertLoad(layers: 1, experts: experts, values: values)
        let plan = try planner.plan(PlanningContext(load: load, shape: shape, current: current))
        if plan == current {
          stayed += 1
        } else {
          #expect(Self.hottest(plan.layers[0], load) < Self.hottest(current.layers[0], load) * (1 - 1e-10))
        }
        current = plan
      }
    }
    #expect(stayed > 100)
  }
}

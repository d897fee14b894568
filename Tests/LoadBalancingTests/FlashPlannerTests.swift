import LoadBalancing
import Randomness
import Testing

@Suite struct FlashPlannerTests {
  private static func context(
    _ windows: [[Double]], ranks: Int, slots: Int, current: Placement? = nil
  ) -> PlanningContext {
    let experts = windows[0].count
    let shape = PlacementShape(layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: slots)
    let loads = windows.map { ExpertLoad(layers: 1, experts: experts, values: $0) }
    var load = ExpertLoad(zeroFor: 1, experts: experts)
    for window in loads { load += window }
    var context = PlanningContext(load: load, shape: shape, current: current)
    context.windows = loads
    return context
  }

  /// Experts 0 and 1 are hot together, 2 and 3 when they are not: by their sums any two could share a rank.
  @Test func expertsThatAreHotTogetherArePutApart() throws {
    let windows = (0..<8).map { $0 % 2 == 0 ? [90.0, 90, 10, 10] : [10.0, 10, 90, 90] }
    let planner = FlashPlanner(slotBudget: .onePerExpert)
    let plan = try planner.plan(Self.context(windows, ranks: 2, slots: 4)).layers[0]
    for rank in 0..<2 { #expect(Set(plan.experts(onRank: rank).map { $0 / 2 }) == [0, 1]) }
    var summed = Self.context(windows, ranks: 2, slots: 4)
    summed.windows = []
    #expect(try planner.plan(summed).layers[0].balancedness(of: summed.load[0]) == 1)
  }

  /// Expert 2 goes to the rank with the greater mean, since it is hot when that one is not.
  @Test func whatEvensOutIsWorthMoreThanALowerMean() throws {
    let windows = (0..<8).map { $0 % 2 == 0 ? [1600.0, 0, 0, 1000] : [0.0, 1400, 1200, 0] }
    let plan = try FlashPlanner(slotBudget: .onePerExpert).plan(Self.context(windows, ranks: 2, slots: 4)).layers[0]
    #expect((0..<2).map { Set(plan.experts(onRank: $0)) } == [[0, 2], [1, 3]])
  }

  @Test func noExpertIsTwiceOnARankAndEveryOneIsPlaced() throws {
    var generator = SeededGenerator(seed: 21)
    for (experts, ranks, slots) in [(16, 4, 20), (32, 8, 64), (8, 8, 16), (24, 3, 72)] {
      let windows = (0..<70).map { _ in (0..<experts).map { _ in Double(generator.below(500)) } }
      let context = Self.context(windows, ranks: ranks, slots: slots)
      let plan = try FlashPlanner(slotBudget: .total(slots)).plan(context).layers[0]
      #expect((0..<experts).allSatisfy { !plan.slots(ofExpert: $0).isEmpty })
      #expect(!plan.hasExpertTwiceOnARank)
    }
  }

  /// Greedily the hot three get five of six copies; four and six score alike, and better.
  @Test func ofEquallyGoodNeighboursTheOneWithFewerCopiesIsTaken() throws {
    let context = Self.context([[11, 12, 6, 8, 1, 0]], ranks: 4, slots: 12)
    let plan = try FlashPlanner(slotBudget: .total(12), depth: 2, width: 1).plan(context).layers[0]
    #expect((0..<6).map { plan.slots(ofExpert: $0).count } == [2, 3, 3, 2, 1, 1])
    let more = LayerPlacement(
      experts: 6, ranks: 4, physicalToLogical: [0, 1, 3, 3, 2, 5, 3, 1, 0, 4, 1, 0])
    func score(_ placement: LayerPlacement) -> Double { FlashScore.score(placement, context.windows, layer: 0) }
    #expect(abs(score(plan) - score(more)) < 1e-6)
  }

  /// A wider search tries all that a narrower one does.
  @Test func theFirstGroupGetsNoWorseByAWiderSearch() throws {
    var generator = SeededGenerator(seed: 22)
    for _ in 0..<20 {
      let windows = (0..<16).map { _ in (0..<32).map { _ in generator.gamma(shape: 1) * 1000 } }
      let context = Self.context(windows, ranks: 8, slots: 40)
      func score(width: Int) throws -> Double {
        let plan = try FlashPlanner(slotBudget: .total(40), depth: 2, width: width).plan(context)
        return FlashScore.score(plan.layers[0], context.windows, layer: 0)
      }
      #expect(try score(width: 8) <= score(width: 2) + 1e-9)
    }
  }

  @Test func aLayerIsPlannedAnewOnlyWhenItHasBecomeWorse() throws {
    var generator = SeededGenerator(seed: 23)
    let windows = (0..<8).map { _ in (0..<16).map { Double(1000 + 100 * $0 + generator.below(20)) } }
    let planner = FlashPlanner(slotBudget: .total(20))
    var memory = PlanMemory()
    let context = Self.context(windows, ranks: 4, slots: 20)
    let first = try planner.plan(context, memory: &memory)
    let accepted = try #require(memory[0])
    let again = Self.context(windows.map { $0.reversed().map { $0 + 1 } }, ranks: 4, slots: 20, current: first)
    let now = 1 / FlashScore.score(first.layers[0], again.windows, layer: 0)
    let wantsAnother = FlashThreshold(ranks: 4).wantsAnother(now: now, last: accepted)
    #expect(wantsAnother == (now < 0.95 * accepted || now < 0.9))
    #expect(try (planner.plan(again, memory: &memory) == first) == !wantsAnother)
    let same = Self.context(windows, ranks: 4, slots: 20, current: first)
    #expect(try planner.plan(same, memory: &memory) == first)
    var none = PlanMemory()
    let reversed = Self.context(windows.map { $0.map { 3000 - $0 } }, ranks: 4, slots: 20, current: first)
    #expect(try planner.plan(reversed, memory: &none) != first)
  }
}

import Diagnostics
import LoadBalancing
import Randomness
import Testing

@Suite struct EvenSharePlannerTests {
  private static func plan(
    _ planner: any PlacementPlanner, _ item: EvenShareLoads.Case, slots: Int? = nil
  ) throws -> LayerPlacement {
    var shape = item.shape
    if let slots { shape.slots = slots }
    return try planner.plan(PlanningContext(load: item.load, shape: shape)).layers[0]
  }

  private static func peak(_ layer: LayerPlacement, _ item: EvenShareLoads.Case) -> Double {
    layer.rankLoads(of: item.load[0]).max() ?? 0
  }

  private static let planner = EvenSharePlanner(slotBudget: .redundantPerRank(1))

  /// Six kinds of loads on 2…12 ranks, up to three redundant slots on each.
  @Test func `shares are equal, no expert is twice on a rank, and eplb without doubles is never more even`() throws {
    var doubled = (layers: 0, better: 0)
    for item in EvenShareLoads.cases(3000, seed: 1) {
      let layer = try Self.plan(Self.planner, item)
      #expect(!layer.hasExpertTwiceOnARank && !layer.hasUnequalShares && layer.slots == item.shape.slots)
      #expect((0..<layer.experts).allSatisfy { !layer.slots(ofExpert: $0).isEmpty })
      let eplb = try Self.plan(EPLBPlanner(slotBudget: .total(item.shape.slots)), item)
      let isWorse = Self.peak(layer, item) > Self.peak(eplb, item) * (1 + 1e-9)
      if eplb.hasExpertTwiceOnARank {
        doubled.layers += 1
        doubled.better += isWorse ? 1 : 0
      } else {
        #expect(!isWorse, "\(item)")
      }
    }
    // A doubled expert can be unbeatable: docs/policies.md has the count.
    #expect(doubled == (2026, 50))
  }

  @Test func `greedy in the same slots is never more even, unless it doubles an expert`() throws {
    for item in EvenShareLoads.cases(3000, seed: 2, redundant: 0) {
      let greedy = try Self.plan(GreedyPlanner(), item)
      if greedy.hasExpertTwiceOnARank { continue }
      let layer = try Self.plan(Self.planner, item)
      #expect(Self.peak(layer, item) <= Self.peak(greedy, item) * (1 + 1e-9), "\(item)")
    }
  }

  /// Four experts on two ranks with three slots each: two experts are on both ranks, and the other two, which differ by
  /// one token at least, are apart. Without replicas 4 + 1 = 3 + 2.
  @Test func `with redundant slots greedy can be more even, whatever the plan`() throws {
    let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 6)
    let item = EvenShareLoads.Case(shape: shape, load: ExpertLoad(layers: 1, experts: 4, values: [4, 3, 2, 1]))
    #expect(Self.peak(try Self.plan(GreedyPlanner(), item, slots: 4), item) == 5)
    #expect(Self.peak(try Self.plan(Self.planner, item), item) == 5.5)
  }

  /// As docs/policies.md says.
  @Test func `from four ranks on, greedy without replicas is never more even in these loads`() throws {
    var (compared, worse) = (0, 0)
    for item in EvenShareLoads.cases(6000, seed: 3) where item.shape.experts % item.shape.ranks == 0 {
      guard item.shape.slots > item.shape.experts else { continue }
      let greedy = try Self.plan(GreedyPlanner(), item, slots: item.shape.experts)
      let isWorse = Self.peak(try Self.plan(Self.planner, item), item) > Self.peak(greedy, item) * (1 + 1e-9)
      compared += 1
      worse += isWorse ? 1 : 0
      #expect(!isWorse || item.shape.ranks < 4, "\(item)")
    }
    #expect(worse * 50 < compared)
  }
}

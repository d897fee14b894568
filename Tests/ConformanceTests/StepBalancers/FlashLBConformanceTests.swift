import Foundation
import LoadBalancing
import Testing

/// `golden/flashlb.json`: Ascend's FlashLB as published.
@Suite struct FlashLBConformanceTests {
  struct Known: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var slotsPerRank: Int
    /// `[windows][experts]`.
    var windows: [[Double]]
    /// Ranks that the thresholds are for.
    var worldSize: Int
    /// `[ranks][slots]`.
    var current: [[Int]]
    /// `[ranks]` experts, ascending.
    var placement: [[Int]]
    var copies: [Int]
    var kept: Int
    var scoreBefore: Double
    var scoreAfter: Double
    var accepted: Bool
    var wantsAnother: Bool
    /// Whether the placement hangs on the order in which equal experts were sorted.
    var ties: Bool

    var context: PlanningContext {
      var load = ExpertLoad(zeroFor: 1, experts: experts)
      let windows = windows.map { ExpertLoad(layers: 1, experts: experts, values: $0) }
      for window in windows { load += window }
      let shape = PlacementShape(
        layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: ranks * slotsPerRank)
      let inForce = LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: Array(current.joined()))
      var context = PlanningContext(load: load, shape: shape, current: Placement(ranks: ranks, layers: [inForce]))
      context.windows = windows
      return context
    }
  }

  private static func cases() throws -> [Known] {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/flashlb.json"))
    #expect(!cases.isEmpty)
    return cases
  }

  @Test func plansAreThoseOfThePublishedCode() throws {
    for known in try Self.cases() {
      let context = known.context
      let planner = FlashPlanner(slotBudget: .total(context.shape.slots))
      let plan = try planner.plan(context).layers[0]
      let before = FlashScore.score(context.current.layers[0], context.windows, layer: 0)
      #expect(abs(before - known.scoreBefore) < 6e-6, "\(known.name)")
      #expect(abs(FlashScore.score(plan, context.windows, layer: 0) - known.scoreAfter) < 6e-6, "\(known.name)")
      #expect((0..<known.experts).map { plan.slots(ofExpert: $0).count } == known.copies, "\(known.name)")
      if known.ties { continue }
      let rows = (0..<known.ranks).map { plan.experts(onRank: $0).sorted() }
      // Rows that no rank in force resembles more than another are given out in the order of equal experts.
      let isLabelled = Set(known.windows.joined()).count > 1
      #expect(
        isLabelled ? rows == known.placement : Set(rows) == Set(known.placement), "\(known.name): \(rows)")
      let kept = zip(plan.physicalToLogical, known.current.joined()).count { $0 == $1 }
      #expect(kept == known.kept, "\(known.name)")
    }
  }

  @Test func aPlanIsAcceptedIfItIsBetterAndAnotherWantedBelowTheThresholds() throws {
    for known in try Self.cases() {
      let context = known.context
      let threshold = FlashThreshold(ranks: known.worldSize)
      let planner = FlashPlanner(slotBudget: .total(context.shape.slots), threshold: threshold)
      var memory = PlanMemory()
      let plan = try planner.plan(context, memory: &memory)
      #expect((memory[0] != nil) == known.accepted, "\(known.name)")
      let now = 1 / FlashScore.score(plan.layers[0], context.windows, layer: 0)
      let wantsAnother = memory[0].map { threshold.wantsAnother(now: now, last: $0) } ?? true
      #expect(wantsAnother == known.wantsAnother, "\(known.name)")
    }
  }
}

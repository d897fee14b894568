import Foundation
import LoadBalancing
import Testing

/// `golden/tensorrt.json`: TensorRT-LLM's planners as published.
@Suite struct TensorRTConformanceTests {
  struct Known: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var slots: Int
    var load: [Double]
    var copies: [Int]
    /// `[ranks]` experts in the order in which they came.
    var placement: [[Int]]
    var alpha: Double?
    /// `[a, b, tokens with both]`.
    var together: [[Int]]?
    var cooccurrencePlacement: [[Int]]?

    func plan(cooccurrence: Double? = nil, coactivation: Coactivation? = nil) throws -> LayerPlacement {
      let shape = PlacementShape(layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: slots)
      let planner = TensorRTPlanner(slotBudget: .total(slots), cooccurrence: cooccurrence)
      let load = ExpertLoad(layers: 1, experts: experts, values: load)
      return try planner.plan(PlanningContext(load: load, shape: shape, coactivation: coactivation)).layers[0]
    }

    func rows(_ placement: LayerPlacement) -> [[Int]] { (0..<ranks).map { Array(placement.experts(onRank: $0)) } }
  }

  private static func cases() throws -> [Known] {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/tensorrt.json"))
    #expect(!cases.isEmpty)
    return cases
  }

  @Test func plansAreThoseOfThePublishedCode() throws {
    for known in try Self.cases() {
      let plan = try known.plan()
      #expect((0..<known.experts).map { plan.slots(ofExpert: $0).count } == known.copies, "\(known.name)")
      #expect(known.rows(plan) == known.placement, "\(known.name)")
    }
  }

  @Test func cooccurrenceFillsRanksAsInThePublishedExample() throws {
    let cases = try Self.cases().filter { $0.cooccurrencePlacement != nil }
    #expect(!cases.isEmpty)
    for known in cases {
      var coactivation = Coactivation(layers: 1, experts: known.experts)
      for pair in known.together ?? [] {
        for _ in 0..<pair[2] { coactivation.add([UInt16(pair[0]), UInt16(pair[1])], topK: 2) }
      }
      let plan = try known.plan(cooccurrence: known.alpha, coactivation: coactivation)
      #expect(known.rows(plan) == known.cooccurrencePlacement, "\(known.name)")
    }
  }
}

import Foundation
import LoadBalancing
import Testing

/// `golden/atom.json`: both policies of ROCm's ATOM as published.
@Suite struct ATOMConformanceTests {
  struct Known: Decodable {
    /// A second load, with the first plan in force.
    struct Next: Decodable {
      var load: [Double]
      var physicalToLogical: [Int]
      var kept: Bool
    }

    var name: String
    var policy: String
    var experts: Int
    var ranks: Int
    var nodes: Int
    var groups: Int
    var slots: Int
    var load: [Double]
    var physicalToLogical: [Int]
    var copies: [Int]
    var next: Next?

    func plan(_ load: [Double], current: Placement? = nil) throws -> Placement {
      let shape = PlacementShape(
        layers: 1, experts: experts, ranks: ranks, nodes: nodes, groups: groups, slots: slots)
      let planner = ATOMPlanner(policy == "biased" ? .biased : .naive, slotBudget: .total(slots))
      let load = ExpertLoad(layers: 1, experts: experts, values: load)
      return try planner.plan(PlanningContext(load: load, shape: shape, current: current))
    }
  }

  @Test func plansAreThoseOfThePublishedCode() throws {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/atom.json"))
    #expect(!cases.isEmpty)
    for known in cases {
      let plan = try known.plan(known.load)
      #expect(plan.layers[0].physicalToLogical == known.physicalToLogical, "\(known.name)")
      #expect((0..<known.experts).map { plan.layers[0].slots(ofExpert: $0).count } == known.copies, "\(known.name)")
      guard let next = known.next else { continue }
      let later = try known.plan(next.load, current: plan)
      #expect(later.layers[0].physicalToLogical == next.physicalToLogical, "\(known.name), next")
      #expect((later == plan) == next.kept, "\(known.name), next")
    }
  }
}

import Foundation
import LoadBalancing
import Testing

/// `golden/failures.json`, field `elastic`: SGLang's plan when ranks have died, as published.
@Suite struct ElasticConformanceTests {
  struct Known: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var slotsPerRank: Int
    var dead: [Int]
    var load: [Double]?
    /// `[slots]` experts, -1 on dead ranks.
    var elastic: [Int]?
  }

  @Test func plansAreThoseOfThePublishedCode() throws {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/failures.json"))
    let planned = cases.filter { $0.elastic != nil }
    #expect(!planned.isEmpty)
    for known in planned {
      let load = ExpertLoad(layers: 1, experts: known.experts, values: try #require(known.load))
      let shape = PlacementShape(
        layers: 1, experts: known.experts, ranks: known.ranks, nodes: 1, groups: 1,
        slots: known.ranks * known.slotsPerRank)
      let plan = try ElasticPlan.plan(load, shape: shape, dead: Set(known.dead))
      #expect(plan[0].map { $0 ?? -1 } == known.elastic, "\(known.name)")
    }
  }
}

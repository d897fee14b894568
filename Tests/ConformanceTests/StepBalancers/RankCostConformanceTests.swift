import Foundation
import LoadBalancing
import Testing

/// `golden/rank-cost.json`: SGLang's topology-aware placement as published.
@Suite struct RankCostConformanceTests {
  struct Known: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    /// `[ranks][experts]` by source, or of each source `[expert, visits]`.
    var visits: [[Visits]]
    var cost: [[Double]]
    var placement: [[Int]]
    var rankLoad: [Double]

    enum Visits: Decodable {
      case dense(Double)
      case sparse(expert: Int, Double)

      init(from decoder: any Decoder) throws {
        if let visits = try? decoder.singleValueContainer().decode(Double.self) {
          self = .dense(visits)
        } else {
          let pair = try decoder.singleValueContainer().decode([Double].self)
          self = .sparse(expert: Int(pair[0]), pair[1])
        }
      }
    }

    /// `[ranks][experts]`, row by row.
    var sources: [Double] {
      var values = Array(repeating: 0.0, count: ranks * experts)
      for (rank, row) in visits.enumerated() {
        for (place, entry) in row.enumerated() {
          switch entry {
          case .dense(let visits): values[rank * experts + place] = visits
          case .sparse(let expert, let visits): values[rank * experts + expert] = visits
          }
        }
      }
      return values
    }
  }

  @Test func plansAreThoseOfThePublishedCode() throws {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/rank-cost.json"))
    #expect(!cases.isEmpty)
    for known in cases {
      let sources = known.sources
      var load = ExpertLoad(zeroFor: 1, experts: known.experts)
      for (index, visits) in sources.enumerated() { load.values[index % known.experts] += visits }
      let shape = PlacementShape(
        layers: 1, experts: known.experts, ranks: known.ranks, nodes: 1, groups: 1, slots: known.experts)
      var context = PlanningContext(load: load, shape: shape)
      context.sources = SourceLoad(layers: 1, ranks: known.ranks, experts: known.experts, values: sources)
      let cost = try #require(RankCost(known.cost), "\(known.name)")
      let plan = try RankCostPlanner(cost: .between(cost)).plan(context).layers[0]
      #expect((0..<known.ranks).map { Array(plan.experts(onRank: $0)) } == known.placement, "\(known.name)")
      #expect(plan.rankLoads(of: load[0]) == known.rankLoad, "\(known.name)")
    }
  }
}

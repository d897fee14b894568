import LoadBalancing
import Testing

/// Planners that take several steps at once, against the same one by one.
@Suite struct StepwisePlannerTests {
  /// `[experts][ranks][ranks]` visits that each rank computes of each source.
  private static func table(_ plan: ExactPlan, of visits: LayerVisits) -> [[[Int]]] {
    (0..<visits.experts).map { expert in
      var table = Array(repeating: Array(repeating: 0, count: visits.ranks), count: visits.ranks)
      for part in plan.parts(ofExpert: expert) {
        for source in 0..<visits.ranks {
          let all = visits.count(from: source, ofExpert: expert)
          table[plan.parts[part].rank][source] = plan.visits(toPart: part, from: source) ?? all
        }
      }
      return table
    }
  }

  /// The greatest expert of the most loaded rank goes to the least loaded one, its greatest source first.
  private static func greedyPairs(_ visits: LayerVisits, worthwhile: Int) -> [[[Int]]] {
    var table = (0..<visits.experts).map { expert in
      (0..<visits.ranks).map { rank in
        (0..<visits.ranks).map { rank == visits.home(ofExpert: expert) ? visits.count(from: $0, ofExpert: expert) : 0 }
      }
    }
    var loads = visits.homeLoads
    let mean = loads.reduce(0, +) / visits.ranks
    while true {
      let most = loads.firstIndex(of: loads.max() ?? 0) ?? 0
      let least = loads.firstIndex(of: loads.min() ?? 0) ?? 0
      let held = table.map { $0[most].reduce(0, +) }
      guard let greatest = held.max(), let expert = held.firstIndex(of: greatest), greatest >= worthwhile,
        loads[most] > mean, most != least, loads[least] + worthwhile <= mean
      else { return table }
      while loads[most] > mean, loads[least] < mean {
        let sources = table[expert][most]
        guard let count = sources.max(), count > 0, let source = sources.firstIndex(of: count) else { break }
        let moved = min(count, mean - loads[least])
        table[expert][most][source] -= moved
        table[expert][least][source] += moved
        loads[most] -= moved
        loads[least] += moved
      }
    }
  }

  @Test(arguments: [1, 7, 40]) func `greedy pairs move source by source`(worthwhile: Int) {
    ExactPlannerLawTests.forEachLoad(300, seed: 21) { visits in
      let plan = GreedyPairsPlanner(worthwhileTokens: worthwhile).plan(visits, ranksPerNode: visits.ranks)
      #expect(Self.table(plan, of: visits) == Self.greedyPairs(visits, worthwhile: worthwhile))
    }
  }

  /// What is over at home goes to the others in the order of their load, each as much as it has room for, as far as that
  /// is worth fetching for; what is left to the least loaded.
  private static func leastLoaded(_ visits: LayerVisits, factor: Double, minimum: Int) -> [[Int]] {
    var loads = visits.homeLoads
    let capacity = max(Int(factor * Double(visits.totals.reduce(0, +) / visits.ranks)), 1)
    var table = Array(repeating: Array(repeating: 0, count: visits.ranks), count: visits.experts)
    let order = visits.totals.indices.sorted { (-visits.totals[$0], $0) < (-visits.totals[$1], $1) }
    for expert in order {
      let home = visits.home(ofExpert: expert)
      var rest = visits.totals[expert]
      loads[home] -= rest
      let hasRoom = loads[home] < capacity
      func give(_ count: Int, _ rank: Int) {
        table[expert][rank] += count
        loads[rank] += count
        rest -= count
      }
      give(min(rest, max(0, capacity - loads[home])), home)
      func others() -> [Int] { loads.indices.filter { $0 != home }.sorted { (loads[$0], $0) < (loads[$1], $1) } }
      func chunk(_ rank: Int) -> Int {
        let chunk = min(rest, capacity - loads[rank])
        return chunk > 0 && (chunk >= minimum || chunk == rest) ? chunk : 0
      }
      if hasRoom {
        while rest > 0 {
          let ranks = others()
          if let rank = ranks.first(where: { chunk($0) > 0 }) { give(chunk(rank), rank) } else { give(rest, ranks[0]) }
        }
      } else {
        let ranks = others()
        for rank in ranks where rest > 0 { give(chunk(rank), rank) }
        if rest > 0 { give(rest, ranks[0]) }
      }
    }
    return table
  }

  @Test(arguments: [(1.0, 1), (1.1, 16), (1.3, 500)])
  func `least loaded ranks are found one by one`(factor: Double, minimum: Int) {
    ExactPlannerLawTests.forEachLoad(300, seed: 22) { visits in
      let plan = LeastLoadedPlanner(factor: factor, minimumTokens: minimum).plan(visits, ranksPerNode: visits.ranks)
      var table = Array(repeating: Array(repeating: 0, count: visits.ranks), count: visits.experts)
      for part in plan.parts { table[part.expert][part.rank] = part.visits }
      #expect(table == Self.leastLoaded(visits, factor: factor, minimum: minimum))
    }
  }

  /// A home without room: what no rank has room enough for goes where the least load was at first, which is full by now.
  @Test func `what is left of an expert without a home follows its first part`() {
    let totals = [152, 130, 10, 10, 80, 10]
    let visits = LayerVisits(ranks: 3, experts: 6, counts: totals + Array(repeating: 0, count: 12))
    let planner = LeastLoadedPlanner(factor: 1, minimumTokens: 45)
    let plan = planner.plan(visits, ranksPerNode: 3)
    let first = plan.parts[plan.parts(ofExpert: 0)]
    #expect(first.map { [$0.rank, $0.visits] } == [[1, 152]])
  }
}

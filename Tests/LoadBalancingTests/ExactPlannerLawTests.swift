import LoadBalancing
import Randomness
import Testing

/// What holds for exact planners on any visits.
@Suite struct ExactPlannerLawTests {
  private static let planners: [any ExactPlanner] = [
    HomeGroupsPlanner(), QuotaPlanner(redundantSlotsPerRank: 1), QuotaPlanner(redundantSlotsPerRank: 3),
    EvenCopiesPlanner(redundantSlotsPerRank: 1), EvenCopiesPlanner(redundantSlotsPerRank: 2, threshold: 1.5),
    LeastLoadedPlanner(factor: 1, minimumTokens: 1), LeastLoadedPlanner(factor: 1.1, minimumTokens: 64),
    GreedyPairsPlanner(worthwhileTokens: 1), GreedyPairsPlanner(worthwhileTokens: 32),
  ]

  /// Random visits: of all sizes, with hot experts, experts without any, and layers without any.
  static func visits(_ generator: inout SeededGenerator) -> LayerVisits {
    let ranks = [2, 4, 8, 16][generator.below(4)]
    let experts = ranks * (1 + generator.below(6))
    let scale = [0, 1, 5, 100, 3000][generator.below(5)]
    let hot = (0..<experts).map { _ in generator.below(8) == 0 ? 1 + generator.below(30) : generator.below(4) }
    let counts = (0..<ranks).flatMap { _ in hot.map { $0 == 0 ? 0 : generator.below(scale * $0 + 1) } }
    return LayerVisits(ranks: ranks, experts: experts, counts: counts)
  }

  static func forEachLoad(_ count: Int, seed: UInt64 = 11, _ body: (LayerVisits) throws -> Void) rethrows {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<count { try body(visits(&generator)) }
  }

  @Test(arguments: planners.indices) func `nothing is lost, and every part has a rank of its own`(index: Int) {
    let planner = Self.planners[index]
    Self.forEachLoad(400) { visits in
      let plan = planner.plan(visits, ranksPerNode: visits.ranks)
      for expert in 0..<visits.experts {
        let places = plan.parts(ofExpert: expert)
        let parts = plan.parts[places]
        #expect(parts.reduce(0) { $0 + $1.visits } == visits.totals[expert])
        #expect(Set(parts.map(\.rank)).count == parts.count)
        #expect(parts.allSatisfy { $0.expert == expert && $0.visits > 0 })
        guard places.count > 1 else { continue }
        for source in 0..<visits.ranks {
          let sum = places.reduce(0) { $0 + (plan.visits(toPart: $1, from: source) ?? 0) }
          #expect(sum == visits.count(from: source, ofExpert: expert))
        }
      }
    }
  }

  @Test(arguments: planners.indices) func `no rank ends hotter than the hottest home`(index: Int) {
    // Even copies are made by counts alone.
    guard !(Self.planners[index] is EvenCopiesPlanner) else { return }
    Self.forEachLoad(400) { visits in
      let plan = Self.planners[index].plan(visits, ranksPerNode: visits.ranks)
      #expect((plan.rankLoads.max() ?? 0) <= (visits.homeLoads.max() ?? 0))
    }
  }

  @Test func `home groups leave every rank the mean, and one home fills a rank`() {
    Self.forEachLoad(600) { visits in
      let plan = HomeGroupsPlanner().plan(visits, ranksPerNode: visits.ranks)
      let (mean, more) = visits.totals.reduce(0, +).quotientAndRemainder(dividingBy: visits.ranks)
      #expect(plan.rankLoads == (0..<visits.ranks).map { mean + ($0 < more ? 1 : 0) })
      for rank in 0..<visits.ranks {
        let foreign = plan.fetches(homeExperts: visits.homeExperts).filter { $0.rank == rank }
        #expect(Set(foreign.map { visits.home(ofExpert: $0.expert) }).count <= 1)
        #expect(foreign.count <= visits.homeExperts)
      }
    }
  }

  @Test(arguments: [1, 2, 3]) func `quotas keep their level, their slots and a visit at home`(slots: Int) {
    Self.forEachLoad(600) { visits in
      let planner = QuotaPlanner(redundantSlotsPerRank: slots)
      let level = planner.levels(visits, ranksPerNode: visits.ranks)[0].level
      let plan = planner.plan(visits, ranksPerNode: visits.ranks)
      #expect((plan.rankLoads.max() ?? 0) <= level)
      for rank in 0..<visits.ranks {
        #expect(plan.fetches(homeExperts: visits.homeExperts).count { $0.rank == rank } <= slots)
      }
      for expert in 0..<visits.experts where visits.totals[expert] > 0 {
        #expect(plan.parts(ofExpert: expert).contains { plan.parts[$0].rank == visits.home(ofExpert: expert) })
      }
    }
  }

  @Test func `more slots never raise the level`() {
    Self.forEachLoad(1500, seed: 12) { visits in
      let levels = (1...3).map { slots in
        var planner = QuotaPlanner(redundantSlotsPerRank: slots)
        planner.minimumTokens = 1
        return planner.levels(visits, ranksPerNode: visits.ranks)[0].level
      }
      #expect(levels == levels.sorted(by: >))
    }
  }

  @Test(arguments: planners.indices) func `even loads move nothing, and no load plans nothing`(index: Int) {
    // Even copies are made whatever the load.
    guard !(Self.planners[index] is EvenCopiesPlanner) else { return }
    for count in [0, 7] {
      let visits = LayerVisits(ranks: 4, experts: 8, counts: Array(repeating: count, count: 32))
      let plan = Self.planners[index].plan(visits, ranksPerNode: 4)
      #expect(plan.fetches(homeExperts: 2).isEmpty)
      #expect(plan.parts.count == (count > 0 ? 8 : 0))
    }
  }

  @Test(arguments: planners.indices) func `who sends the visits changes no rank's load`(index: Int) {
    guard !(Self.planners[index] is GreedyPairsPlanner) else { return }
    Self.forEachLoad(200) { visits in
      let rows = (0..<visits.ranks).map { source in
        (0..<visits.experts).map { visits.count(from: source, ofExpert: $0) }
      }
      let turned = LayerVisits(
        ranks: visits.ranks, experts: visits.experts, counts: Array(rows.reversed().joined()))
      let planner = Self.planners[index]
      #expect(
        planner.plan(visits, ranksPerNode: visits.ranks).rankLoads
          == planner.plan(turned, ranksPerNode: visits.ranks).rankLoads)
    }
  }

  /// With four fetches or more a home sends at least two fewer, and no relay's port is busier than a home's was.
  @Test func `relays never make the busiest port busier`() {
    var relayed = 0
    Self.forEachLoad(1500, seed: 13) { visits in
      var planner = QuotaPlanner(redundantSlotsPerRank: 2)
      planner.minimumTokens = 1
      let through = ExactLayer(planner, visits: visits, ranksPerNode: visits.ranks)
      planner.hasRelays = false
      let direct = ExactLayer(planner, visits: visits, ranksPerNode: visits.ranks)
      #expect(through.busiestPort <= direct.busiestPort)
      #expect(
        Set(through.fetches.map { [$0.expert, $0.receiver] }) == Set(direct.fetches.map { [$0.expert, $0.receiver] }))
      relayed += through.busiestPort < direct.busiestPort ? 1 : 0
    }
    #expect(relayed > 0)
  }

  /// Every rank that passes an expert on has it or gets it.
  @Test func `who sends has it`() {
    Self.forEachLoad(300, seed: 14) { visits in
      let layer = ExactLayer(QuotaPlanner(redundantSlotsPerRank: 3), visits: visits, ranksPerNode: visits.ranks)
      for fetch in layer.fetches {
        let isHome = visits.home(ofExpert: fetch.expert) == fetch.sender
        #expect(isHome || layer.fetches.contains { $0.expert == fetch.expert && $0.receiver == fetch.sender })
      }
    }
  }

  /// Every source's visits of an expert in proportion to what its parts are due, by sorting fractions.
  private static func dealt(_ visits: LayerVisits, _ parts: [ExactPart], keepsLocal: Bool) -> [[Int]] {
    let expert = parts[0].expert
    let own = parts.map { keepsLocal ? min($0.visits, visits.count(from: $0.rank, ofExpert: expert)) : 0 }
    let due = zip(parts, own).map { $0.visits - $1 }
    let sum = due.reduce(0, +)
    return (0..<visits.ranks).map { source in
      var shares = parts.indices.map { parts[$0].rank == source ? own[$0] : 0 }
      let rest = visits.count(from: source, ofExpert: expert) - shares.reduce(0, +)
      guard rest > 0 else { return shares }
      for part in parts.indices { shares[part] += rest * due[part] / sum }
      let left = visits.count(from: source, ofExpert: expert) - shares.reduce(0, +)
      let order = parts.indices.sorted {
        (-(rest * due[$0] % sum), parts[$0].rank) < (-(rest * due[$1] % sum), parts[$1].rank)
      }
      for part in order.prefix(left) { shares[part] += 1 }
      return shares
    }
  }

  @Test(arguments: [1, 2, 5, 16], [true, false])
  func `every source deals its visits by largest remainder`(slots: Int, keepsLocal: Bool) {
    var most = 0
    Self.forEachLoad(300, seed: 15) { visits in
      var planner = EvenCopiesPlanner(redundantSlotsPerRank: slots)
      planner.isLocal = keepsLocal
      let plan = planner.plan(visits, ranksPerNode: visits.ranks)
      for expert in 0..<visits.experts {
        let places = plan.parts(ofExpert: expert)
        guard places.count > 1 else { continue }
        most = max(most, places.count)
        let expected = Self.dealt(visits, Array(plan.parts[places]), keepsLocal: keepsLocal)
        for source in 0..<visits.ranks {
          #expect(places.map { plan.visits(toPart: $0, from: source) } == expected[source])
        }
      }
    }
    // Few parts are compared with each other, many are not.
    #expect(most > 12)
  }

  @Test func `a hundred million visits are dealt exactly`() {
    let counts = (0..<64 * 64).map { $0 % 64 == 7 ? 100_000_007 / 64 + $0 / 64 : 0 }
    let visits = LayerVisits(ranks: 64, experts: 64, counts: counts)
    for slots in [1, 2] {
      let plan = EvenCopiesPlanner(redundantSlotsPerRank: slots).plan(visits, ranksPerNode: 64)
      let parts = plan.parts[plan.parts(ofExpert: 7)]
      let expected = Self.dealt(visits, Array(parts), keepsLocal: true)
      for source in 0..<64 { #expect(parts.indices.map { plan.visits(toPart: $0, from: source) } == expected[source]) }
    }
  }
}

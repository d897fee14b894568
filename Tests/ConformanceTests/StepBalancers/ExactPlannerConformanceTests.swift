import Foundation
import LoadBalancing
import Testing

/// `golden/{moonep,ultraep-quota,ultraep-even,llep,harmoeny}.json`: what balancers after the gate make of a layer's visits.
@Suite struct ExactPlannerConformanceTests {
  private static func cases<Known: Decodable>(_ file: String) throws -> [Known] {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/\(file).json"))
    try #require(!cases.isEmpty)
    return cases
  }

  struct MoonEP: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var sparse: Bool?
    /// `[ranks][experts]`, or `[expert, visits]` where they are sparse.
    var visits: [[Cell]]
    var capacity: [Int]
    /// `[ranks]` of `[expert, visits]`.
    var placed: [[[Int]]]
    /// `[ranks]` of foreign experts.
    var fetched: [[Int]]
    var sourceToRank: [[Int]]

    enum Cell: Decodable {
      case count(Int)
      case pair([Int])

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let count = try? container.decode(Int.self) {
          self = .count(count)
        } else {
          self = .pair(try container.decode([Int].self))
        }
      }
    }

    var layer: LayerVisits {
      var counts = Array(repeating: 0, count: ranks * experts)
      for (source, row) in visits.enumerated() {
        for (place, cell) in row.enumerated() {
          switch cell {
          case .count(let count): counts[source * experts + place] = count
          case .pair(let pair): counts[source * experts + pair[0]] = pair[1]
          }
        }
      }
      return LayerVisits(ranks: ranks, experts: experts, counts: counts)
    }
  }

  @Test func homeGroupsAreMoonEPs() throws {
    for known: MoonEP in try Self.cases("moonep") {
      let visits = known.layer
      let plan = HomeGroupsPlanner().plan(visits, ranksPerNode: known.ranks)
      let placed = (0..<known.ranks).map { rank in
        plan.parts.filter { $0.rank == rank }.map { [$0.expert, $0.visits] }
      }
      #expect(placed == known.placed, "\(known.name)")
      #expect(plan.rankLoads == known.capacity, "\(known.name)")
      let fetches = plan.fetches(homeExperts: visits.homeExperts)
      #expect(
        (0..<known.ranks).map { rank in fetches.filter { $0.rank == rank }.map(\.expert) } == known.fetched,
        "\(known.name)")
      #expect(plan.sourceToRank(visits) == known.sourceToRank, "\(known.name)")
    }
  }

  struct Quota: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var redundantPerRank: Int
    var minimumTokens: Int
    /// `[ranks][experts]`, or else `load`.
    var visits: [[Int]]?
    var load: [Int]?
    var level: Int
    var how: String
    /// `[expert, rank, visits]` in order.
    var plan: [[Int]]
    var rankLoad: [Int]
    var homeRankLoad: [Int]
    /// `[expert, [sources][instances]]`.
    var toInstance: [Instances]?

    struct Instances: Decodable, Equatable {
      var expert: Int
      var visits: [[Int]]

      init(expert: Int, visits: [[Int]]) {
        self.expert = expert
        self.visits = visits
      }

      init(from decoder: any Decoder) throws {
        var pair = try decoder.unkeyedContainer()
        expert = try pair.decode(Int.self)
        visits = try pair.decode([[Int]].self)
      }
    }
  }

  @Test func quotasAreUltraEPs() throws {
    for known: Quota in try Self.cases("ultraep-quota") {
      let visits = LayerVisits(load: known.load, bySource: known.visits, ranks: known.ranks)
      var planner = QuotaPlanner(redundantSlotsPerRank: known.redundantPerRank)
      planner.minimumTokens = known.minimumTokens
      let levels = planner.levels(visits, ranksPerNode: known.ranks)
      try #require(levels.count == 1)
      #expect(levels[0].level == known.level, "\(known.name)")
      #expect(levels[0].origin.rawValue == known.how, "\(known.name)")
      #expect(levels[0].parts.map { [$0.expert, $0.rank, $0.visits] } == known.plan, "\(known.name)")
      let plan = planner.plan(visits, ranksPerNode: known.ranks)
      #expect(plan.rankLoads == known.rankLoad, "\(known.name)")
      #expect(visits.homeLoads == known.homeRankLoad, "\(known.name)")
      guard let toInstance = known.toInstance else { continue }
      let found = (0..<known.experts).filter { plan.parts(ofExpert: $0).count > 1 }.map { expert in
        Quota.Instances(
          expert: expert,
          visits: (0..<known.ranks).map { source in
            plan.parts(ofExpert: expert).map { plan.visits(toPart: $0, from: source) ?? -1 }
          })
      }
      #expect(found == toInstance, "\(known.name)")
    }
  }

  struct Even: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var ranksPerDomain: Int
    var redundantPerRank: Int
    var threshold: Double
    var load: [Int]
    /// `[ranks][home + redundant]`, −1 = empty.
    var slots: [[Int]]
    var copies: [Int]
  }

  @Test func evenCopiesAreUltraEPsOlderOnes() throws {
    for known: Even in try Self.cases("ultraep-even") {
      let visits = LayerVisits(load: known.load, bySource: nil, ranks: known.ranks)
      let planner = EvenCopiesPlanner(redundantSlotsPerRank: known.redundantPerRank, threshold: known.threshold)
      let hosts = planner.hosts(visits, ranksPerNode: known.ranksPerDomain)
      #expect(hosts.map(\.count) == known.copies, "\(known.name)")
      let perRank = known.experts / known.ranks
      for (rank, slots) in known.slots.enumerated() {
        let held = (0..<known.experts).filter { hosts[$0].contains(rank) }
        #expect(held == slots.filter { $0 >= 0 }.sorted(), "\(known.name): rank \(rank)")
        #expect(slots.count == perRank + known.redundantPerRank)
      }
      let plan = planner.plan(visits, ranksPerNode: known.ranksPerDomain)
      for expert in 0..<known.experts {
        let each = plan.parts(ofExpert: expert).map { plan.parts[$0].visits }
        #expect(each.reduce(0, +) == known.load[expert], "\(known.name): expert \(expert)")
        #expect((each.max() ?? 0) - (each.min() ?? 0) <= 1, "\(known.name): expert \(expert)")
      }
    }
  }

  struct LLEP: Decodable {
    var name: String
    var ranks: Int
    var factor: Double
    var minimumTokens: Int
    var load: [Int]
    /// `[expert, [[rank, from, to] …]]` in the order planned.
    var parts: [Quota.Instances]
    /// `[expert, from rank, to rank, from, to]`.
    var transfers: [[Int]]
    var rankLoad: [Int]
    var homeRankLoad: [Int]
  }

  @Test func leastLoadedIsLLEPs() throws {
    for known: LLEP in try Self.cases("llep") {
      let visits = LayerVisits(load: known.load, bySource: nil, ranks: known.ranks)
      let planner = LeastLoadedPlanner(factor: known.factor, minimumTokens: known.minimumTokens)
      let ordered = planner.ordered(visits)
      var transfers: [[Int]] = []
      let parts = ordered.map { planned in
        var from = 0
        return Quota.Instances(
          expert: planned.expert,
          visits: planned.parts.map { part in
            defer { from += part.visits }
            let home = visits.home(ofExpert: part.expert)
            if part.rank != home { transfers.append([part.expert, home, part.rank, from, from + part.visits]) }
            return [part.rank, from, from + part.visits]
          })
      }
      #expect(parts == known.parts, "\(known.name)")
      #expect(transfers == known.transfers, "\(known.name)")
      #expect(planner.plan(visits, ranksPerNode: known.ranks).rankLoads == known.rankLoad, "\(known.name)")
      #expect(visits.homeLoads == known.homeRankLoad, "\(known.name)")
    }
  }

  struct HarMoEny: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var worthwhileTokens: Int
    var visits: [[Int]]
    /// `[source, expert, rank, visits]` away from home.
    var moved: [[Int]]
    var fetched: [[Int]]
    var rankLoad: [Int]
    var homeRankLoad: [Int]
  }

  @Test func greedyPairsAreHarMoEnys() throws {
    for known: HarMoEny in try Self.cases("harmoeny") {
      let visits = LayerVisits(load: nil, bySource: known.visits, ranks: known.ranks)
      let plan = GreedyPairsPlanner(worthwhileTokens: known.worthwhileTokens).plan(visits, ranksPerNode: known.ranks)
      #expect(plan.rankLoads == known.rankLoad, "\(known.name)")
      #expect(visits.homeLoads == known.homeRankLoad, "\(known.name)")
      let fetches = plan.fetches(homeExperts: visits.homeExperts)
      #expect(Set(fetches.map { [$0.expert, $0.rank] }) == Set(known.fetched), "\(known.name)")
      var moved = Set<[Int]>()
      for (place, part) in plan.parts.enumerated() where part.rank != visits.home(ofExpert: part.expert) {
        for source in 0..<known.ranks {
          let count =
            plan.visits(toPart: place, from: source) ?? visits.count(from: source, ofExpert: part.expert)
          if count > 0 { moved.insert([source, part.expert, part.rank, count]) }
        }
      }
      #expect(moved == Set(known.moved), "\(known.name)")
    }
  }
}

extension LayerVisits {
  /// All of a load from rank 0 where sources are not known.
  fileprivate init(load: [Int]?, bySource: [[Int]]?, ranks: Int) {
    let rows = bySource ?? [load ?? []]
    let experts = rows[0].count
    let counts = rows.flatMap(\.self)
    self.init(
      ranks: ranks, experts: experts, counts: counts + Array(repeating: 0, count: ranks * experts - counts.count))
  }
}

extension ExactPlan {
  /// `[sources][ranks]` visits.
  fileprivate func sourceToRank(_ visits: LayerVisits) -> [[Int]] {
    var matrix = Array(repeating: Array(repeating: 0, count: ranks), count: ranks)
    for (place, part) in parts.enumerated() {
      for source in 0..<ranks {
        matrix[source][part.rank] +=
          self.visits(toPart: place, from: source) ?? visits.count(from: source, ofExpert: part.expert)
      }
    }
    return matrix
  }
}

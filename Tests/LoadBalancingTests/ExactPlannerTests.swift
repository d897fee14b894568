import Diagnostics
import LoadBalancing
import Randomness
import Testing

/// The worked example that all exact planners share: 8 experts on 4 ranks, homes with 32, 8, 8 and 8 visits.
@Suite struct ExactPlannerTests {
  private static let visits = LayerVisits(
    ranks: 4, experts: 8,
    counts: [12, 1, 1, 2, 3, 0, 8, 0] + [6, 0, 1, 2, 0, 2, 0, 0] + [6, 1, 2, 0, 0, 1, 0, 0] + [6, 0, 0, 0, 0, 2, 0, 0])

  /// `[expert, rank, visits]` of what leaves home.
  private static func moved(_ planner: some ExactPlanner) -> (parts: [[Int]], loads: [Int]) {
    let plan = planner.plan(visits, ranksPerNode: 4)
    let moved = plan.fetches(homeExperts: 2).map { [$0.expert, $0.rank, $0.visits] }
    return (moved, plan.rankLoads)
  }

  @Test func `home groups fill every other rank with six of the hot expert`() {
    #expect(Self.visits.totals == [30, 2, 4, 4, 3, 5, 8, 0])
    #expect(Self.visits.homeLoads == [32, 8, 8, 8])
    let found = Self.moved(HomeGroupsPlanner())
    #expect(found.parts == [[0, 1, 6], [0, 2, 6], [0, 3, 6]])
    #expect(found.loads == [14, 14, 14, 14])
  }

  @Test func `quotas with one slot stop at 15`() {
    let planner = QuotaPlanner(redundantSlotsPerRank: 1)
    let found = Self.moved(planner)
    #expect(found.parts == [[0, 1, 7], [0, 2, 7], [0, 3, 3]])
    #expect(found.loads == [15, 15, 15, 11])
    #expect(planner.levels(Self.visits, ranksPerNode: 4).map(\.level) == [15])
  }

  @Test func `spilling fills up to the capacity`() {
    let exactly = Self.moved(LeastLoadedPlanner(factor: 1, minimumTokens: 1))
    #expect(exactly.parts == [[0, 1, 6], [0, 2, 6], [0, 3, 6]])
    #expect(exactly.loads == [14, 14, 14, 14])
    let loosely = Self.moved(LeastLoadedPlanner(factor: 1.1, minimumTokens: 1))
    #expect(loosely.parts == [[0, 1, 7], [0, 2, 7], [0, 3, 3]])
    #expect(loosely.loads == [15, 15, 15, 11])
  }

  @Test func `spilling is skipped below the ratio`() {
    #expect(Self.moved(LeastLoadedPlanner(factor: 1, minimumTokens: 1, skipBelow: 2.29)).loads == [32, 8, 8, 8])
    #expect(Self.moved(LeastLoadedPlanner(factor: 1, minimumTokens: 1, skipBelow: 2.28)).loads == [14, 14, 14, 14])
  }

  @Test func `greedy pairs move six three times`() {
    let found = Self.moved(GreedyPairsPlanner(worthwhileTokens: 2))
    #expect(found.parts == [[0, 1, 6], [0, 2, 6], [0, 3, 6]])
    #expect(found.loads == [14, 14, 14, 14])
    #expect(Self.moved(GreedyPairsPlanner(worthwhileTokens: 7)).loads == [32, 8, 8, 8])
  }

  @Test func `even copies share equally`() {
    let found = Self.moved(EvenCopiesPlanner(redundantSlotsPerRank: 1))
    #expect(found.parts.filter { $0[0] == 0 } == [[0, 3, 8], [0, 1, 7], [0, 2, 7]])
  }

  @Test func `experts that are not worth it one by one stay`() {
    let visits = LayerVisits(
      ranks: 2, experts: 20,
      counts: Array(repeating: 3, count: 10) + Array(repeating: 0, count: 30))
    #expect(GreedyPairsPlanner(worthwhileTokens: 10).plan(visits, ranksPerNode: 2).rankLoads == [30, 0])
    #expect(GreedyPairsPlanner(worthwhileTokens: 3).plan(visits, ranksPerNode: 2).rankLoads == [15, 15])
  }

  @Test func `a copy on every rank is enough, and the next goes to another expert`() {
    let visits = LayerVisits(ranks: 2, experts: 4, counts: [100, 1, 10, 1, 0, 0, 0, 0])
    let hosts = EvenCopiesPlanner(redundantSlotsPerRank: 1).hosts(visits, ranksPerNode: 2)
    #expect(hosts == [[0, 1], [0], [1, 0], [1]])
  }

  @Test func `three of nine that fetch an expert pass it on`() {
    let visits = LayerVisits(ranks: 10, experts: 10, counts: [1000] + Array(repeating: 0, count: 99))
    var planner = QuotaPlanner(redundantSlotsPerRank: 1)
    let relayed = ExactLayer(planner, visits: visits, ranksPerNode: 10)
    #expect(relayed.fetches.count == 9 && relayed.fetches.count { $0.sender == 0 } == 3)
    #expect(relayed.busiestPort == 3)
    planner.hasRelays = false
    #expect(ExactLayer(planner, visits: visits, ranksPerNode: 10).busiestPort == 9)
  }

  @Test(arguments: [(100.0, 30.0, 130.0), (20, 30, 60), (0, 0, 60)])
  func `a layer waits for what its fetches are not hidden behind`(fetch: Double, cover: Double, wait: Double) {
    #expect(LayerCharge(planMicroseconds: 50, syncMicroseconds: 10).time(fetch: fetch, cover: cover) == wait)
  }

  @Test func `domains are planned alone`() {
    let planner = QuotaPlanner(redundantSlotsPerRank: 1)
    let plan = planner.plan(Self.visits, ranksPerNode: 2)
    #expect(planner.levels(Self.visits, ranksPerNode: 2).map(\.level) == [21, 8])
    #expect(plan.rankLoads == [21, 19, 8, 8])
  }

  @Test func `a cut takes sources in their order`() {
    let plan = HomeGroupsPlanner().plan(Self.visits, ranksPerNode: 4)
    let shares = plan.parts(ofExpert: 0).map { part in (0..<4).map { plan.visits(toPart: part, from: $0) } }
    #expect(shares == [[12, 0, 0, 0], [0, 6, 0, 0], [0, 0, 6, 0], [0, 0, 0, 6]])
    #expect(plan.visits(toPart: plan.parts(ofExpert: 1).lowerBound, from: 0) == nil)
  }

  @Test func `planned dispatch sends every visit to its part and nothing to slots without one`() {
    let layer = ExactLayer(QuotaPlanner(redundantSlotsPerRank: 2), visits: Self.visits, ranksPerNode: 4)
    #expect(layer.placement.slotsPerRank == 4)
    #expect(layer.fetches.count == 3)
    #expect(layer.busiestPort == 3)
    #expect(layer.isHeld.count { $0 } == 8 + 3)
    let visits = Self.dispatched(layer)
    for (place, part) in layer.plan.parts.enumerated() {
      for source in 0..<4 {
        let due =
          layer.plan.visits(toPart: place, from: source) ?? Self.visits.count(from: source, ofExpert: part.expert)
        let slot = layer.placement.slots(ofExpert: part.expert).first {
          layer.placement.rank(ofSlot: $0) == part.rank && layer.isHeld[$0]
        }
        #expect(visits[slot ?? -1]?[source] ?? 0 == due)
      }
    }
    #expect(visits.keys.allSatisfy { layer.isHeld[$0] })
  }

  /// By slot, `[sources]` visits.
  private static func dispatched(_ layer: ExactLayer) -> [Int: [Int]] {
    var (experts, sources): ([UInt16], [UInt32]) = ([], [])
    for source in 0..<4 {
      for expert in 0..<8 {
        for _ in 0..<visits.count(from: source, ofExpert: expert) {
          experts.append(UInt16(expert))
          sources.append(UInt32(source))
        }
      }
    }
    var slots = Array(repeating: UInt16.max, count: experts.count)
    var span = slots.mutableSpan
    var context = DispatchContext(placement: layer.placement, topK: 1, ranksPerNode: 4)
    context.exact = layer
    var dispatch = PlannedDispatch()
    dispatch.assign(experts: experts.span, sources: sources.span, in: context, into: &span)
    var found: [Int: [Int]] = [:]
    for (slot, source) in zip(slots, sources) {
      found[Int(slot), default: Array(repeating: 0, count: 4)][Int(source)] += 1
    }
    return found
  }

  @Test func `mixing spreads neighbours`() {
    // One source, one expert, two copies: visits of both halves alternate.
    let visits = LayerVisits(ranks: 2, experts: 2, counts: [0, 0, 8, 0])
    let layer = ExactLayer(EvenCopiesPlanner(redundantSlotsPerRank: 1), visits: visits, ranksPerNode: 2)
    var slots = Array(repeating: UInt16.max, count: 8)
    var span = slots.mutableSpan
    var context = DispatchContext(placement: layer.placement, topK: 1, ranksPerNode: 2)
    context.exact = layer
    var dispatch = PlannedDispatch()
    let (experts, sources) = ([UInt16](repeating: 0, count: 8), [UInt32](repeating: 1, count: 8))
    dispatch.assign(experts: experts.span, sources: sources.span, in: context, into: &span)
    let shares = layer.plan.parts(ofExpert: 0).map { layer.plan.visits(toPart: $0, from: 1) }
    #expect(shares == [4, 4])
    #expect(Set(slots.prefix(2)).count == 2)
  }

  @Test func `visits are mixed by the least stride above half that has no divisor in common with them`() {
    for count in 2...120 {
      for source in [0, 1] {
        let visits = LayerVisits(ranks: 2, experts: 2, counts: source == 0 ? [count, 0, 0, 0] : [0, 0, count, 0])
        var planner = EvenCopiesPlanner(redundantSlotsPerRank: 1)
        planner.isLocal = false
        let layer = ExactLayer(planner, visits: visits, ranksPerNode: 2)
        let (experts, sources) = (
          [UInt16](repeating: 0, count: count), [UInt32](repeating: UInt32(source), count: count)
        )
        var slots = Array(repeating: UInt16.max, count: count)
        var span = slots.mutableSpan
        var context = DispatchContext(placement: layer.placement, topK: 1, ranksPerNode: 2)
        context.exact = layer
        var dispatch = PlannedDispatch()
        dispatch.assign(experts: experts.span, sources: sources.span, in: context, into: &span)
        func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
        var stride = count / 2 + 1
        while divisor(stride, count) > 1 { stride += 1 }
        let first = layer.plan.visits(toPart: 0, from: source) ?? count
        let isFirst = (0..<count).map { ($0 * stride + source) % count < first }
        #expect(zip(slots, isFirst).allSatisfy { ($0 == slots[isFirst.firstIndex(of: true) ?? 0]) == $1 }, "\(count)")
      }
    }
  }

  private static func policy(_ parts: String) throws -> BalancingPolicy {
    try BalancingPolicy(settings: Settings(parsing: "name: p\n" + parts, name: "p.yaml"))
  }

  @Test(arguments: [
    ("planner: {kind: exact-home-groups}\nschedule: {kind: never}\ndispatch: {kind: planned}", "schedule"),
    (
      "planner: {kind: exact-home-groups}\nschedule: {kind: every-layer, plan: 1us, sync: 1us}\ndispatch: {kind: even}",
      "dispatch"
    ),
    (
      "planner: {kind: static}\nschedule: {kind: every-layer, plan: 1us, sync: 1us}\ndispatch: {kind: even}", "schedule"
    ),
    ("planner: {kind: static}\nschedule: {kind: never}\ndispatch: {kind: planned}", "dispatch"),
  ])
  func `the three go together`(parts: String, key: String) {
    let error = #expect(throws: InputError.self) { try Self.policy(parts) }
    #expect(
      error?.description.contains("exact planners, schedule every-layer and dispatch planned go together") == true)
    #expect(error?.description.contains(key) == true)
  }

  @Test func `what a plan of every layer cannot heed is refused`() {
    let parts = """
      planner: {kind: exact-home-groups}
      schedule: {kind: every-layer, plan: 1us, sync: 1us, migration: blocking}
      dispatch: {kind: planned}
      """
    #expect(throws: InputError.self) { try Self.policy(parts) }
    #expect(throws: InputError.self) {
      try Self.policy(parts.replacing(", migration: blocking", with: "").replacing("planned", with: "planned, x: 1"))
    }
    #expect(throws: Never.self) { try Self.policy(parts.replacing(", migration: blocking", with: "")) }
  }
}

/// One layer of one step as an exact planner has it: every rank's experts at home, and behind them slots for what it
/// fetches.
public struct ExactLayer: Sendable {
  public let plan: ExactPlan
  /// Slots of a rank: those at home, ascending, then those for arrivals. One that nothing arrives in is taken to hold the
  /// rank's first expert; no visit goes there.
  public let placement: LayerPlacement
  /// `[parts]` of the plan: the slot of each.
  let slots: [Int]
  /// `[slots]` whether a slot is at home or holds what has arrived.
  public let isHeld: [Bool]
  /// Who sends the weights; of `fromHost`, the home is named in place of the host.
  public let fetches: [ExpertFetch]
  /// Experts through the port that has most, sent or received; received alone from hosts.
  public let busiestPort: Int
  /// Experts that arrive at the rank with most.
  public let mostArrivals: Int

  public init(_ planner: some ExactPlanner, visits: LayerVisits, ranksPerNode: Int) {
    let plan = planner.plan(visits, ranksPerNode: ranksPerNode)
    let homeExperts = visits.homeExperts
    let away = plan.fetches(homeExperts: homeExperts)
    var arrivals = Array(repeating: 0, count: visits.ranks)
    for part in away { arrivals[part.rank] += 1 }
    let room = max(planner.arrivalSlots(homeExperts: homeExperts) ?? 0, arrivals.max() ?? 0)
    let slotsPerRank = homeExperts + room
    var experts = (0..<visits.ranks * slotsPerRank).map { slot in
      let (rank, place) = slot.quotientAndRemainder(dividingBy: slotsPerRank)
      return rank * homeExperts + (place < homeExperts ? place : 0)
    }
    var isHeld = experts.indices.map { $0 % slotsPerRank < homeExperts }
    var next = Array(repeating: homeExperts, count: visits.ranks)
    slots = plan.parts.map { part in
      let first = part.rank * slotsPerRank
      guard part.rank != visits.home(ofExpert: part.expert) else { return first + part.expert % homeExperts }
      let slot = first + next[part.rank]
      next[part.rank] += 1
      experts[slot] = part.expert
      isHeld[slot] = true
      return slot
    }
    self.plan = plan
    self.isHeld = isHeld
    placement = LayerPlacement(experts: visits.experts, ranks: visits.ranks, physicalToLogical: experts)
    fetches =
      WeightRelays(
        away, homeExperts: homeExperts, ranks: visits.ranks, relays: planner.fetching == .throughRelays
      ).fetches
    mostArrivals = arrivals.max() ?? 0
    var sent = Array(repeating: 0, count: visits.ranks)
    if case .fromHost = planner.fetching {} else { for fetch in fetches { sent[fetch.sender] += 1 } }
    busiestPort = max(mostArrivals, sent.max() ?? 0)
  }

  /// `[ranks]` experts that each fetches.
  public var arrivals: [Int] {
    var arrivals = Array(repeating: 0, count: placement.ranks)
    for fetch in fetches { arrivals[fetch.receiver] += 1 }
    return arrivals
  }
}

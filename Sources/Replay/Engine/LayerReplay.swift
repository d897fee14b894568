import ExpertCache
import LoadBalancing
import PerformanceModel
import RoutingTrace

/// Takes one layer of one step through dispatch, traffic and price: the only place where a token meets a placement.
///
/// Scratch space of one thread.
final class LayerReplay {
  /// Of the first machine; what is taken from it is the same on all.
  let setting: ReplaySetting
  let machines: [PricedMachine]
  /// The ranks that placements are of, from the next layer on.
  var alive: AliveRanks {
    didSet {
      traffic.alive = alive.mask
      shared?.resume(on: alive.ids)
    }
  }
  /// For layers with as many slots as the one replayed last.
  var counter: TrafficCounter
  /// In its place where nobody asks which visits go where; else nil.
  let copyCounter: CopyCounter?
  var dispatch: any ReplicaDispatch
  private let exact: (any ExactPlanner)?
  var traffic: Traffic
  var slotOfVisit: [UInt16] = []
  /// Of a layer with dropped visits.
  var kept = KeptVisits()
  /// Distinct nodes that a token of the layer replayed last visits, at most.
  var mostNodes = 0
  /// `[slots]` tokens of each slot in the layer replayed last.
  var slotTokens: [Double] = []
  /// The placement of the layer replayed last, and how an exact planner came to it; nil without one.
  private(set) var placement: LayerPlacement?
  private(set) var exactLayer: ExactLayer?
  var needCounter: NeedCounter
  /// Nil where every rank runs the shared experts on its own tokens.
  var shared: SharedVisits?
  private var rankTimes = RankTimeTable()
  /// `[experts]` tokens of each expert in the layer replayed last.
  private var expertTokens: [Double] = []
  /// `[ranks]` tokens of each rank in the layer replayed last.
  private(set) var rankTokens: [Double] = []
  /// All that was sent; nil unless it is to be kept.
  private(set) var sent: SentTraffic?

  /// - Parameters:
  ///   - machines: one or more that differ only in their links.
  ///   - policy: its rules choose where visits go.
  ///   - keepsTraffic: whether all that is sent is added up.
  ///   - showsRanks: whether somebody asks for each rank's time and bytes.
  init(
    machines: [PricedMachine], policy: BalancingPolicy, keepsTraffic: Bool = false, showsRanks: Bool = false
  ) {
    sent = keepsTraffic ? SentTraffic() : nil
    setting = machines[0].setting
    let cluster = setting.cluster
    self.machines = machines
    alive = AliveRanks(all: cluster.ranks, ranksPerNode: cluster.ranksPerNode)
    dispatch = policy.makeDispatch()
    exact = policy.planner.exact
    needCounter = NeedCounter(experts: setting.header.experts)
    shared = setting.sharedVisits(under: policy)
    counter = TrafficCounter(
      ranks: cluster.ranks, ranksPerNode: cluster.ranksPerNode, slotsPerRank: 1, isAlone: shared == nil)
    traffic = Traffic(ranks: cluster.ranks, ranksPerNode: cluster.ranksPerNode)
    let asksForAll = keepsTraffic || policy.cache != nil || shared != nil
    let detail = machines.reduce(asksForAll ? .visits : showsRanks ? .ranks : .relays) { max($0, $1.reads) }
    copyCounter =
      detail == .relays || detail == .ranks && cluster.ranks <= CopyCounter.mostRanksApart
      ? CopyCounter(ranks: cluster.ranks, ranksPerNode: cluster.ranksPerNode, detail: detail) : nil
  }

  /// Everything but communication, which `price` adds.
  ///
  /// - Parameters:
  ///   - context: which layer of which step it is, and its placement, in whose place an exact planner puts its own.
  ///   - boundSlots: slots that the bounds of the most loaded rank are for, unless an exact planner makes others.
  func replay(_ step: StepBatch.Step, in context: DispatchContext, boundSlots: Int) -> LayerOutcome {
    var (context, boundSlots) = (context, boundSlots)
    if let exact {
      let layer = exactLayer(exact, of: step, layer: context.layer)
      context.exact = layer
      context.placement = layer.placement
      boundSlots = layer.placement.slots
    }
    exactLayer = context.exact
    placement = context.placement
    let tokens: Double
    switch setting.header.content {
    case .tokens:
      countTokens(of: step, in: context)
      tokens = Double(step.routing.tokens)
    case .counts:
      tokens = expectTraffic(of: step, in: context)
    }
    let isDecode = (step.routing.phase ?? setting.header.phase) == .decode
    sent?.add(traffic, isDecode: isDecode, isWhole: setting.header.content == .tokens)
    return describe(tokens: tokens, isDecode: isDecode, placement: context.placement) { tokens, isWhole in
      step.bounds.bounds(
        of: tokens, layer: context.layer, ranks: context.placement.ranks, slots: boundSlots, isWhole: isWhole)
    }
  }

  /// The layer replayed last, `outcome`, with its communication on one of the machines.
  ///
  /// - Parameters:
  ///   - ports: what they carry, if it was summed up already.
  ///   - number: ordinal of the step in the replay.
  ///   - layer: index of the layer in the trace.
  ///   - isMoving: whether experts are on their way meanwhile.
  func price(
    _ outcome: LayerOutcome, ports: PortCopies? = nil, step number: Int, layer: Int, slotsPerRank: Int, machine: Int,
    isMoving: Bool
  ) throws -> LayerOutcome {
    var outcome = outcome
    let pricing = machines[machine].pricing(whileMoving: isMoving)
    outcome.cost = try pricing.price(traffic, ports: ports, isDecode: outcome.isDecode, layer: layer, step: number)
    outcome.time.dispatch = outcome.cost.dispatch
    outcome.time.combine = outcome.cost.combine
    outcome.hideSharedExperts()
    priceBalancing(of: &outcome, on: machines[machine])
    outcome.twoBatchTime = try twoBatchTime(
      of: outcome, layer: layer, slotsPerRank: slotsPerRank, on: machines[machine].setting, at: pricing)
    return outcome
  }

  /// Fills `traffic` and `slotTokens` with their expectations; returns the layer's tokens.
  func expectTraffic(of step: StepBatch.Step, in context: DispatchContext) -> Double {
    let experts = setting.header.experts
    let counts = step.routing.counts[context.layer * experts..<(context.layer + 1) * experts].map { Double($0) }
    let expectation = ExpectedTraffic(counts: counts, in: context, dispatch: dispatch, alive: alive)
    expectation.fill(&traffic)
    slotTokens = expectation.slotTokens
    return expectation.tokens
  }

  /// - Parameter bounds: of the most loaded rank, by the tokens of each expert and whether they are whole.
  private func describe(
    tokens: Double, isDecode: Bool, placement: LayerPlacement, bounds: ([Double], Bool) -> RankBounds
  ) -> LayerOutcome {
    let slotsPerRank = placement.slotsPerRank
    let loads = sums(of: slotTokens, every: slotsPerRank)
    rankTokens = alive.spread(loads)
    var outcome = LayerOutcome()
    outcome.tokens = tokens
    let experts = expertCost(of: slotTokens, slotsPerRank: slotsPerRank, tokens: tokens, isDecode: isDecode)
    outcome.time.experts = experts?.time ?? 0
    outcome.expertCost = experts
    outcome.isDecode = isDecode
    let isWhole = setting.header.content == .tokens
    outcome.slot = .init(of: heldSlotTokens, isWhole: isWhole)
    outcome.rank = .init(of: loads, isWhole: isWhole)
    outcome.node = .init(of: nodeLoads(loads), isWhole: isWhole)
    expertTokens = expertTokens(placement: placement)
    outcome.expert = .init(of: expertTokens, isWhole: isWhole)
    let bounds = bounds(expertTokens, isWhole)
    (outcome.rankLoadBound, outcome.equalShareBound) = (bounds.freeShares, bounds.equalShares)
    outcome.balancing = exactLayer.map { balancing($0, expertTokens: expertTokens) }
    if let relayed = traffic.relayed {
      outcome.rankCopies = wholeSum(relayed.toRanks)
      outcome.nodeCopies = wholeSum(relayed.sentOut) + relayed.within
    } else {
      outcome.rankCopies = isWhole ? wholeSum(traffic.rankCopies) : traffic.rankCopies.reduce(0, +)
      outcome.nodeCopies = isWhole ? wholeSum(traffic.nodeCopies) : traffic.nodeCopies.reduce(0, +)
    }
    outcome.mostNodes = isWhole ? mostNodes : 0
    return outcome
  }

  /// `[nodes]` tokens of those with ranks alive, of `[alive]` tokens.
  private func nodeLoads(_ loads: [Double]) -> [Double] {
    if alive.isWhole { return sums(of: loads, every: setting.cluster.ranksPerNode) }
    return alive.placesByNode.filter { !$0.isEmpty }.map { loads[$0].reduce(0, +) }
  }

  /// The slowest rank's, nil on a cluster that does not say what its GPUs are.
  ///
  /// - Parameter share: of the tokens of `traffic` that these are.
  func expertCost(
    of slotTokens: [Double], slotsPerRank: Int, tokens: Double, share: Double = 1, isDecode: Bool
  ) -> ExpertCost? {
    setting.prices(isDecode: isDecode).compute.map { compute in
      compute.layerCost(
        slotTokens: slotTokens.span, slotsPerRank: slotsPerRank,
        tokensPerRank: tokens / Double(alive.count),
        arrived: compute.countsTokens ? alive.gathered(traffic.arrivedTokens(share: share)) : nil,
        shared: shared?.tokens(share: share), isDecode: isDecode, known: &rankTimes)
    }
  }

  /// The layer with its attention, as two half batches in turn; 0 without serving figures.
  private func twoBatchTime(
    of outcome: LayerOutcome, layer: Int, slotsPerRank: Int, on setting: ReplaySetting, at pricing: TrafficPricing
  ) throws -> Double {
    let (tokens, isDecode) = (outcome.tokens / 2, outcome.isDecode)
    let prices = setting.prices(isDecode: isDecode)
    guard let serving = prices.serving else { return 0 }
    let cost = try pricing.priceHalf(traffic, isDecode: isDecode, layer: layer)
    var experts = expertCost(
      of: slotTokens.map { $0 / 2 }, slotsPerRank: slotsPerRank, tokens: tokens, share: 0.5, isDecode: isDecode)
    experts?.hide(behind: cost.dispatch)
    let half = LayerTime(dispatch: cost.dispatch, experts: experts?.time ?? 0, combine: cost.combine)
    let attention = serving.attentionTime(tokens: tokens / Double(alive.count), isDecode: isDecode)
    return half.twoBatchTotal(attention: attention, prices.cluster.overlap)
  }

  /// `[experts]` visits of the layer replayed last: counts as they are, not as the sum of what replicas got of them.
  func load(of step: StepBatch.Step, layer: Int) -> [Double] {
    switch setting.header.content {
    case .tokens: expertTokens
    case .counts:
      step.routing.load(ofLayer: layer, of: setting.header.layers, experts: setting.header.experts)
    }
  }

  private func expertTokens(placement: LayerPlacement) -> [Double] {
    var tokens = Array(repeating: 0.0, count: placement.experts)
    for (slot, expert) in placement.physicalToLogical.enumerated() { tokens[expert] += slotTokens[slot] }
    return tokens
  }

  /// `[held slots]` tokens of the slots that hold an expert.
  private var heldSlotTokens: [Double] {
    guard let exactLayer else { return slotTokens }
    return zip(slotTokens, exactLayer.isHeld).filter(\.1).map(\.0)
  }

  /// Of a rank, in the layer replayed last.
  var slotsPerRank: Int { placement?.slotsPerRank ?? 0 }

  func sums(of values: [Double], every count: Int) -> [Double] {
    stride(from: 0, to: values.count, by: count).map { start in
      var sum = 0.0
      for i in start..<start + count { sum += values[i] }
      return sum
    }
  }
}

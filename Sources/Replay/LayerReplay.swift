import LoadBalancing
import PerformanceModel
import RoutingTrace

/// Takes one layer of one step through dispatch, traffic and price: the only place where a token meets a placement.
///
/// Scratch space of one thread, for placements with a given number of slots.
final class LayerReplay {
  private let setting: ReplaySetting
  private let counter: TrafficCounter
  private var dispatch: any ReplicaDispatch
  private var traffic: Traffic
  private var slotOfVisit: [UInt16] = []
  /// `[slots]` tokens of each slot in the layer replayed last.
  private(set) var slotTokens: [Double]

  private let bound: RankLoadBound
  private let equalShareBound: EqualShareBound

  /// - Parameter bound: of the most loaded rank, with the slots that the policy has in the end.
  init(setting: ReplaySetting, dispatch: any ReplicaDispatch, slotsPerRank: Int, bound: RankLoadBound) {
    self.bound = bound
    equalShareBound = EqualShareBound(ranks: bound.ranks, slots: bound.slots)
    let cluster = setting.cluster
    self.setting = setting
    self.dispatch = dispatch
    counter = TrafficCounter(ranks: cluster.ranks, ranksPerNode: cluster.ranksPerNode, slotsPerRank: slotsPerRank)
    traffic = Traffic(ranks: cluster.ranks, ranksPerNode: cluster.ranksPerNode)
    slotTokens = Array(repeating: 0, count: cluster.ranks * slotsPerRank)
  }

  /// - Parameter layer: index of the layer in the trace.
  func replay(_ step: StepBatch.Step, layer: Int, placement: LayerPlacement) throws -> LayerOutcome {
    let tokens: Double
    switch setting.header.content {
    case .tokens:
      countTokens(of: step, layer: layer, placement: placement)
      tokens = Double(step.routing.tokens)
    case .counts:
      tokens = expectTraffic(of: step, layer: layer, placement: placement)
    }
    return try price(tokens: tokens, phase: step.routing.phase ?? setting.header.phase, placement: placement)
  }

  private func countTokens(of step: StepBatch.Step, layer: Int, placement: LayerPlacement) {
    let visits = step.routing.tokens * setting.topK
    if slotOfVisit.count < visits { slotOfVisit = Array(repeating: 0, count: visits) }
    step.routing.experts.withUnsafeBufferPointer { experts in
      step.sources.withUnsafeBufferPointer { sources in
        slotOfVisit.withUnsafeMutableBufferPointer { slots in
          let slots = UnsafeMutableBufferPointer(rebasing: slots[..<visits])
          dispatch.assign(
            experts: UnsafeBufferPointer(rebasing: experts[layer * visits..<(layer + 1) * visits]),
            topK: setting.topK, sources: sources, placement: placement,
            ranksPerNode: setting.cluster.ranksPerNode, into: slots)
          counter.count(
            slotOfVisit: UnsafeBufferPointer(slots), topK: setting.topK, sources: sources, into: &traffic)
        }
      }
    }
    for slot in slotTokens.indices { slotTokens[slot] = Double(counter.slotTokens[slot]) }
  }

  /// Fills `traffic` and `slotTokens` with their expectations; returns the layer's tokens.
  private func expectTraffic(of step: StepBatch.Step, layer: Int, placement: LayerPlacement) -> Double {
    let experts = setting.header.experts
    let counts = step.routing.counts[layer * experts..<(layer + 1) * experts].map { Double($0) }
    let expectation = ExpectedTraffic(
      counts: counts, topK: setting.topK, placement: placement, ranksPerNode: setting.cluster.ranksPerNode,
      dispatch: dispatch)
    expectation.fill(&traffic)
    slotTokens = expectation.slotTokens
    return expectation.tokens
  }

  private func price(tokens: Double, phase: Phase?, placement: LayerPlacement) throws -> LayerOutcome {
    let slotsPerRank = placement.slotsPerRank
    let ranksPerNode = setting.cluster.ranksPerNode
    let rankTokens = sums(of: slotTokens, every: slotsPerRank)
    var outcome = LayerOutcome()
    outcome.tokens = tokens
    outcome.cost = try setting.allToAll.price(traffic, payload: setting.payload)
    let experts = setting.compute.map { compute in
      slotTokens.withUnsafeBufferPointer {
        compute.layerCost(
          slotTokens: $0, slotsPerRank: slotsPerRank, tokensPerRank: tokens / Double(setting.cluster.ranks),
          isDecode: phase == .decode)
      }
    }
    outcome.time = LayerTime(
      dispatch: outcome.cost.dispatch, experts: experts?.time ?? 0, combine: outcome.cost.combine)
    outcome.expertCost = experts
    outcome.isDecode = phase == .decode
    outcome.slot = .init(of: slotTokens)
    outcome.rank = .init(of: rankTokens)
    outcome.node = .init(of: sums(of: rankTokens, every: ranksPerNode))
    let expertTokens = expertTokens(placement: placement)
    outcome.expert = .init(of: expertTokens)
    let isWhole = setting.header.content == .tokens
    outcome.rankLoadBound = bound.bound(of: expertTokens, isWhole: isWhole)
    outcome.equalShareBound = equalShareBound.bound(
      of: expertTokens, isWhole: isWhole, freeShares: outcome.rankLoadBound)
    outcome.rankCopies = traffic.rankCopies.reduce(0, +)
    outcome.nodeCopies = traffic.nodeCopies.reduce(0, +)
    return outcome
  }

  /// `[experts]` tokens of each expert in the layer replayed last.
  func expertTokens(placement: LayerPlacement) -> [Double] {
    var tokens = Array(repeating: 0.0, count: placement.experts)
    for (slot, expert) in placement.physicalToLogical.enumerated() { tokens[expert] += slotTokens[slot] }
    return tokens
  }

  private func sums(of values: [Double], every count: Int) -> [Double] {
    stride(from: 0, to: values.count, by: count).map { start in
      var sum = 0.0
      for i in start..<start + count { sum += values[i] }
      return sum
    }
  }
}

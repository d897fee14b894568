import ExpertCache
import LoadBalancing
import PerformanceModel

/// What the ranks need at hand in one layer of one step, and what computing takes them.
struct RankNeeds: Sendable {
  /// `[ranks]` experts with visits, in the order of the router.
  var needs: [LayerNeed]
  /// `[ranks]` microseconds of a rank's kernels, all experts at hand; 0 on a cluster that does not describe its GPUs.
  var times: [Double]
  /// `[ranks][need.experts]` what of those goes to each expert, the rest to shared experts; empty unless experts may
  /// begin one by one.
  var parts: [[Double]] = []
}

extension LayerReplay {
  /// What the layer replayed last needs.
  ///
  /// A rank's time is divided among its experts as their kernels would take one by one.
  ///
  /// - Parameter layer: index in the trace.
  func needs(of outcome: LayerOutcome, layer: Int, isOverlapped: Bool) -> RankNeeds {
    guard let placement else { preconditionFailure("no layer was replayed") }
    let needs = needs(ofLayer: layer, placement)
    guard let compute = setting.prices(isDecode: outcome.isDecode).compute else {
      return RankNeeds(needs: needs, times: needs.map { _ in 0 })
    }
    let tokensPerRank = outcome.tokens / Double(setting.cluster.ranks)
    let times = compute.rankTimes(
      slotTokens: slotTokens.span, slotsPerRank: placement.slotsPerRank, tokensPerRank: tokensPerRank,
      arrived: compute.countsTokens ? traffic.arrivedTokens(share: 1) : nil, shared: shared?.tokens(share: 1),
      isDecode: outcome.isDecode)
    guard isOverlapped else { return RankNeeds(needs: needs, times: times) }
    let sharedTime = compute.sharedTime(tokensPerRank: tokensPerRank, isDecode: outcome.isDecode)
    let mean = slotTokens.reduce(0, +) / Double(slotTokens.count)
    let parts = zip(needs, times).map { need, time in
      let alone = need.visits.map { visits in
        let tokens = [Double(visits)]
        return compute.rankCost(
          slotTokens: tokens.span, tokensPerRank: 0, mean: mean, isDecode: outcome.isDecode
        ).time
      }
      let sum = alone.reduce(0, +)
      return alone.map { sum > 0 ? max(0, time - sharedTime) * $0 / sum : 0 }
    }
    return RankNeeds(needs: needs, times: times, parts: parts)
  }

  private func needs(ofLayer layer: Int, _ placement: LayerPlacement) -> [LayerNeed] {
    let (slotsPerRank, experts) = (placement.slotsPerRank, placement.physicalToLogical)
    guard setting.header.content == .tokens else {
      return stride(from: 0, to: slotTokens.count, by: slotsPerRank).map { start in
        let visited = (start..<start + slotsPerRank).filter { slotTokens[$0] > 0 }
        return LayerNeed(
          layer: layer, experts: visited.map { experts[$0] }, visits: visited.map { Int(slotTokens[$0].rounded(.up)) })
      }
    }
    let slots = slotOfVisit
    return needCounter.needs(layer: layer, slots: slots.span, slotsPerRank: slotsPerRank, experts: experts)
  }
}

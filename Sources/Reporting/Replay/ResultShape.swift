import Charts
import Replay

/// Whether a result that was read fits itself: charts count on lists being as long as each other.
struct ResultShape {
  private let result: ReplayResult
  private let ranks: Int

  init(_ result: ReplayResult) {
    self.result = result
    ranks = result.cluster.ranks
  }

  /// What is wrong first; nil for a result that is whole.
  var mistake: String? {
    let perNode = result.cluster.ranksPerNode
    guard !result.policies.isEmpty else { return "no policies, expected at least the baseline" }
    guard ranks > 0, perNode > 0, ranks % perNode == 0, ranks <= 1 << 16 else {
      return "cluster: \(ranks) ranks, \(perNode) per node, expected whole nodes"
    }
    for policy in result.policies {
      if let layers = policy.perLayer,
        layers.contains(where: { $0.rankTokens.count != ranks || !areLoads($0.rankTokens) })
      {
        return "policy '\(policy.name)', perLayer: expected \(ranks) rankTokens of each layer, none below 0"
      }
    }
    guard let details = result.details else {
      return result.policies.contains { $0.details != nil } ? "details of policies without those of the replay" : nil
    }
    return mistake(in: details) ?? result.policies.compactMap { mistake(of: $0, in: details) }.first
  }

  private var rows: RankRows { RankRows(ranks: ranks, ranksPerNode: result.cluster.ranksPerNode) }

  private func areLoads(_ values: [Double]) -> Bool { values.allSatisfy { $0 >= 0 && $0 < 1e300 } }

  private func mistake(in details: ReplayDetails) -> String? {
    let experts = details.popularity.first?.count ?? 0
    let isWhole =
      details.stepsPerBin > 0 && details.stepsPerBin <= 1 << 40 && details.ranksPerRow == rows.ranksPerRow
      && zip(details.stepsShown, details.stepsShown.dropFirst()).allSatisfy { 0 <= $0 && $0 < $1 }
      && details.popularity.allSatisfy { $0.count == experts && $0.allSatisfy { (0..<1 << 50).contains($0) } }
    let layers = result.policies[0].perLayer?.count
    let fits = layers == nil || details.popularity.isEmpty || details.popularity.count == layers
    return isWhole && fits ? nil : "details: steps, ranks, layers or experts do not fit each other"
  }

  private func mistake(of policy: PolicyResult, in details: ReplayDetails) -> String? {
    guard let told = policy.details, let first = result.policies[0].details else {
      return "policy '\(policy.name)': no details, where others have them"
    }
    func wrong(_ what: String) -> String { "policy '\(policy.name)', details.\(what): does not fit the rest" }
    let bins = first.steps.total.count
    let steps = told.steps
    let series = [
      steps.dispatch, steps.experts, steps.combine, steps.migration, steps.prediction, steps.total, steps.longest,
      steps.hottest, steps.hottestMost,
    ]
    guard bins > 0, bins <= StepBins.most, series.allSatisfy({ $0.count == bins && areLoads($0) }),
      steps.plans.count == bins, steps.arrivals.count == bins
    else { return wrong("steps") }
    guard !told.stepTotals.isEmpty, told.stepTotals.count == first.stepTotals.count, areLoads(told.stepTotals) else {
      return wrong("stepTotals")
    }
    guard told.sortedRankLoads.count == ranks, areLoads(told.sortedRankLoads) else { return wrong("sortedRankLoads") }
    guard told.dispatchBytes.count == rows.count,
      told.dispatchBytes.allSatisfy({ $0.count == rows.count && areLoads($0) })
    else { return wrong("dispatchBytes") }
    let isWhole = told.layers.map(\.layer) == details.layers && told.layers.allSatisfy { fits($0, details) }
    return isWhole ? nil : wrong("layers")
  }

  private func fits(_ layer: PolicyResult.Details.LayerLoad, _ details: ReplayDetails) -> Bool {
    let placements = [layer.placementBefore, layer.placementAfter]
    return layer.tokens.count == details.stepsShown.count
      && layer.tokens.allSatisfy { $0.count == rows.count && $0.allSatisfy { (0..<1 << 40).contains($0) } }
      && placements.allSatisfy { slots in
        !slots.isEmpty && slots.count % ranks == 0 && slots.allSatisfy { (0..<1 << 20).contains($0) }
      }
  }
}

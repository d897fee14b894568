import LoadBalancing
import PerformanceModel
import RoutingTrace

extension LayerReplay {
  /// The layer as an exact planner has it when the gate has decided.
  ///
  /// - Parameter layer: index in the trace.
  func exactLayer(_ planner: some ExactPlanner, of step: StepBatch.Step, layer: Int) -> ExactLayer {
    let visits = step.routing.tokens * setting.topK
    // A visit that was dropped goes to no expert.
    let ids = step.routing.experts.span.extracting(layer * visits..<(layer + 1) * visits)
    return ExactLayer(
      planner,
      visits: LayerVisits(
        ranks: alive.count, experts: setting.header.experts, ids: ids,
        sources: alive.starts(step.sources(by: setting.sourceAssignment).ranks), topK: setting.topK),
      ranksPerNode: alive.ranksPerNode)
  }

  /// What the layer replayed last came to, before it is priced.
  ///
  /// - Parameter expertTokens: `[experts]` visits.
  func balancing(_ layer: ExactLayer, expertTokens: [Double]) -> LayerBalancing {
    let ranksPerNode = setting.cluster.ranksPerNode
    var balancing = LayerBalancing()
    balancing.fetched = Double(layer.fetches.count)
    balancing.fetchedAcross = Double(
      alive.ranks(of: layer.fetches).count { $0.sender / ranksPerNode != $0.receiver / ranksPerNode })
    balancing.busiestPort = Double(layer.busiestPort)
    balancing.mostArrivals = Double(layer.mostArrivals)
    balancing.homePeak = sums(of: expertTokens, every: expertTokens.count / alive.count).max() ?? 0
    return balancing
  }

  /// Adds what planning and fetching took on one of the machines, after dispatch is priced.
  func priceBalancing(of outcome: inout LayerOutcome, on machine: PricedMachine) {
    guard let exactLayer, let fetches = machine.fetches else { return }
    let prices = machine.setting.prices(isDecode: outcome.isDecode)
    let tokensPerRank = outcome.tokens / Double(alive.count)
    let cover =
      switch fetches.charge.hiddenBehind {
      case .nothing: 0.0
      case .sharedExpert where machine.setting.model.sharedExpertFusion?.isFused == true: 0.0
      case .sharedExpert:
        prices.compute?.sharedTime(tokensPerRank: tokensPerRank, isDecode: outcome.isDecode) ?? 0
      case .dispatch: outcome.time.dispatch
      }
    let fetch = fetches.time(of: exactLayer, on: alive)
    outcome.time.balancing = fetches.charge.time(fetch: fetch, cover: cover)
    guard var balancing = outcome.balancing else { return }
    balancing.fetchTime = fetch
    balancing.shownFetch = max(0, fetch - cover)
    balancing.saved = prices.compute.map { (balancing.homePeak - outcome.rank.maximum) * $0.visitTime } ?? .nan
    outcome.balancing = balancing
  }
}

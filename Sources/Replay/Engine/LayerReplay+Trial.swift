import LoadBalancing
import PerformanceModel
import RoutingTrace

extension LayerReplay {
  /// Microseconds of one layer of one step, without what a replay tells of it besides.
  func tryOut(_ step: StepBatch.Step, in context: DispatchContext) throws -> Double {
    let tokens: Double
    switch setting.header.content {
    case .tokens:
      countTokens(of: step, in: context)
      tokens = Double(step.routing.tokens)
    case .counts:
      tokens = expectTraffic(of: step, in: context)
    }
    let isDecode = (step.routing.phase ?? setting.header.phase) == .decode
    let prices = setting.prices(isDecode: isDecode)
    let cost = try prices.allToAll.price(traffic, payload: prices.payload)
    var experts = expertCost(
      of: slotTokens, slotsPerRank: context.placement.slotsPerRank, tokens: tokens, isDecode: isDecode)
    experts?.hide(behind: cost.dispatch)
    return LayerTime(dispatch: cost.dispatch, experts: experts?.time ?? 0, combine: cost.combine)
      .total(prices.cluster.overlap)
  }
}

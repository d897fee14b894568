import Charts
import Replay

extension ComparisonChart {
  /// For each result its cheapest policy, beside the others.
  static func tradeOff(_ comparison: ChartedComparison) -> DrawnChart {
    let cheapest = zip(comparison.headings, comparison.results).enumerated().compactMap { place, of in
      let (heading, result) = of
      let policies = result.policies.filter { $0.policy.causal && $0.policy.cost != nil }
      return policies.min { ($0.policy.cost?.perMillionTokens ?? 0) < ($1.policy.cost?.perMillionTokens ?? 0) }.map {
        (
          Plot.Series(colour: place, name: "\(heading), \($0.name)"), $0.policy,
          result.result.model.accuracy
        )
      }
    }
    return DrawnChart(
      "trade-off", "Cost, accuracy and performance", missing: TradeOff.missing, drawing: TradeOff(cheapest).drawing)
  }
}

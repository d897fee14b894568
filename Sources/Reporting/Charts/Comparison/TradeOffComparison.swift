import Charts
import Replay

extension ComparisonChart {
  /// Cost, accuracy and performance of each result that has all, on one scale.
  static func tradeOff(_ comparison: ChartedComparison) -> DrawnChart {
    let sides = zip(comparison.headings, comparison.results).map { (heading: Optional($0), charted: $1) }
    return DrawnChart(
      "trade-off", "Cost, accuracy and performance", missing: nil, isWide: true, drawing: TradeOff(sides).drawing)
  }
}

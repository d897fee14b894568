import Charts
import Replay

/// Several results with the colours of their policies, as charts take them.
struct ChartedComparison: Sendable {
  let results: [ChartedResult]
  /// `[results]` what tells each from the others.
  let headings: [String]

  /// A policy that is no baseline, in any of the results.
  struct Column: Sendable {
    let series: Plot.Series
    /// `[results]`; nil where it was not replayed.
    let policies: [PolicyResult?]
  }

  /// Policies in the order of their colours.
  var columns: [Column] {
    let all = results.flatMap { Array($0.others) }
    let colours = Set(all.map(\.series.colour)).sorted()
    return colours.compactMap { colour in
      all.first { $0.series.colour == colour }.map { policy in
        Column(
          series: policy.series,
          policies: results.map { $0.others.first { $0.series.colour == colour }?.policy })
      }
    }
  }

  /// The policy that gains most on a result among those that do not look ahead, and its name.
  func best(_ place: Int) -> ChartedResult.Policy? { results[place].best }
}

/// The charts above several results: one function each, in a file of this folder, and its line in `all`.
enum ComparisonChart {
  static func all(_ comparison: ChartedComparison) -> [DrawnChart] {
    [gains(comparison), matrix(comparison), totals(comparison), tradeOff(comparison)]
  }

  static let needsOthers = "Only baselines were replayed."
}

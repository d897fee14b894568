import Charts
import Replay

extension ComparisonChart {
  /// What each policy gains on each result, with its interval.
  static func gains(_ comparison: ChartedComparison) -> DrawnChart {
    DrawnChart("gains", "Gain of every policy", missing: needsOthers, drawing: comparison.gains)
  }
}

extension ChartedComparison {
  private struct Gain {
    let policy: ChartedResult.Policy
    let low: Double?
    let high: Double?

    init(_ policy: ChartedResult.Policy) {
      self.policy = policy
      low = policy.policy.improvement.totalLow
      high = policy.policy.improvement.totalHigh
    }

    var total: Double { policy.policy.improvement.total }
  }

  fileprivate var gains: Drawing? {
    let rows = results.enumerated().flatMap { place, result -> [(RowPlot.Row, Gain?)] in
      let name = RowPlot.Row(headings[place].shortened(to: 64), isHeading: true)
      let policies = result.others.map { policy in
        (
          RowPlot.Row(
            policy.name.shortened(to: RowPlot.longestName),
            value: Readable.signedPercent(policy.policy.improvement.total), policy: policy.series.colour),
          Optional(Gain(policy))
        )
      }
      return policies.isEmpty ? [] : [(name, nil)] + policies
    }
    let all = rows.compactMap(\.1)
    guard !all.isEmpty else { return nil }
    let ends = all.flatMap { [$0.total, $0.low ?? $0.total, $0.high ?? $0.total] }
    let picture = RowPlot(rows.map(\.0), x: Axis("time saved in total", .share, ends, fromZero: true))
    let plot = picture.plot
    return Drawing(
      reading: gainsReading,
      panels: [
        .init(
          picture: picture.svg(
            label: "Gain of every policy. \(gainsReading)",
            behind: plot.upright(at: 0)
          ) { row in
            guard let gain = rows[row].1 else { return Markup() }
            return plot.interval(
              gain.policy.series, gain.total, gain.low, gain.high, at: picture.middle(of: row), gain.policy.name)
          })
      ],
      notes: [
        "Of the total time, over the baseline of the same result; right of the dashed line is better.",
        all.contains { $0.low != nil } ? "Whiskers are 95 % intervals over steps." : nil,
        all.contains { $0.low == nil } ? "A mark without a whisker has no interval." : nil,
      ].compactMap(\.self))
  }

  private var gainsReading: String {
    let best = results.indices.compactMap { place in
      results[place].best.map {
        "on \(headings[place]) \($0.name.shortened()), \(Readable.speed($0.policy.improvement.total))"
      }
    }
    let shown = best.prefix(4)
    let rest = best.count - shown.count
    guard !shown.isEmpty else { return "All policies look ahead: yardsticks." }
    return "Best without looking ahead: \(shown.joined(separator: "; "))\(rest > 0 ? "; and \(rest) more" : "")."
  }
}

import Charts
import Replay

extension ComparisonChart {
  /// The mean step of every result by parts, on one scale.
  static func totals(_ comparison: ChartedComparison) -> DrawnChart {
    DrawnChart(
      "totals", "Time of a step by part", missing: "No steps were replayed.", isWide: true,
      drawing: comparison.stepTotals)
  }
}

extension ChartedComparison {
  fileprivate var stepTotals: Drawing? {
    guard results.contains(where: { $0.result.trace.steps > 0 }) else { return nil }
    let bars = results.map { result in
      let factor = 1 / Double(max(1, result.result.trace.steps))
      return TotalsBars(
        rows: result.policies.map { TotalsBars.Row($0, of: result, factor: factor) }, title: "mean time of a step")
    }
    let longest = bars.map(\.longest).max()
    let all = TotalsBars(rows: bars.flatMap(\.rows), title: "")
    let means = zip(results, headings).compactMap { result, heading -> (String, Double)? in
      ([result.baseline].compactMap(\.self) + result.others.filter(\.policy.causal))
        .map(\.policy.time.total).min().map { (heading, $0 / Double(max(1, result.result.trace.steps))) }
    }
    return Drawing(
      reading: stepTotalsReading(means),
      panels: zip(bars, headings).map { bars, heading in
        .init(title: heading, picture: bars.svg(label: "Time of a step by part on \(heading)", longest: longest))
      }, legend: all.legend, notes: all.notes + ["All are on one scale."])
  }

  private func stepTotalsReading(_ means: [(name: String, time: Double)]) -> String {
    guard let fastest = means.min(by: { $0.time < $1.time }), let slowest = means.max(by: { $0.time < $1.time }),
      fastest.time > 0
    else { return "No step takes any time." }
    guard fastest.time < slowest.time else { return "A step takes \(Readable.time(fastest.time)) at best on all." }
    return "A step takes \(Readable.time(fastest.time)) at best on \(fastest.name), and "
      + "\(Readable.time(slowest.time)) on \(slowest.name)."
  }
}

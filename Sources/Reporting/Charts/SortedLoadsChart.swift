import Charts
import Replay

extension ResultChart {
  /// Ranks of a step from the most loaded on, whichever they are.
  static let sortedLoads = ResultChart(
    "sorted-loads", "Ranks from the hottest to the coldest", missing: needsDetails
  ) { charted in
    let found = charted.detailed
    guard let ranks = found.first?.details.sortedRankLoads.count, ranks > 1 else { return nil }
    let plot = Plot(
      x: Axis(columns: "place of the rank in its step and layer", count: ranks) { "\($0 + 1)" },
      y: Axis("load over the mean rank's", .times, found.flatMap(\.details.sortedRankLoads), fromZero: true))
    var marks = plot.rule(at: 1, "even")
    for (policy, details) in found {
      marks += plot.line(policy.series, plot.overBins(details.sortedRankLoads, each: 1), .times)
    }
    let hottest = charted.list { $0.details.map { Readable.significant($0.sortedRankLoads[0]) } }
    let coldest = charted.list { $0.details.map { Readable.significant($0.sortedRankLoads[ranks - 1]) } }
    let reading = "Times the mean, the hottest rank has: \(hottest); the coldest has: \(coldest)."
    return Drawing(
      reading: reading,
      panels: [
        .init(
          picture: plot.svg(
            label: "Ranks from the hottest to the coldest. \(reading)", cursor: Cursor("place", count: ranks), marks))
      ], notes: ["Sorted anew in every step and layer, then averaged: what alternates does not even out."])
  }
}

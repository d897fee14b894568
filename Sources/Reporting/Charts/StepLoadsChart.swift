import Charts
import Replay

extension ResultChart {
  /// The most loaded rank over the mean, step by step.
  static let stepLoads = ResultChart("step-loads", "Hottest rank of each step", missing: needsDetails) { charted in
    guard let details = charted.details, let bins = charted.detailed.first?.details.steps.hottest.count, bins > 0
    else { return nil }
    let plot = Plot(
      x: Axis(positions: "step", count: bins, each: details.stepsPerBin),
      y: Axis(
        "load over the mean rank's", .times, charted.detailed.flatMap(\.details.steps.hottest) + [1], fromZero: false))
    var marks = plot.rule(at: 1, "even")
    for (policy, found) in charted.detailed {
      marks += plot.line(policy.series, plot.overBins(found.steps.hottest, each: details.stepsPerBin), .times)
    }
    let means = charted.list { policy in
      policy.policy.imbalance.peakToAverage.map { "\(Readable.significant($0)) times" }
    }
    let reading = "The hottest rank of a layer has, of the mean rank's tokens, on average: \(means)."
    return Drawing(
      reading: reading,
      panels: [
        .init(
          picture: plot.svg(
            label: "Hottest rank of each step. \(reading)",
            cursor: Cursor("step", count: bins, each: details.stepsPerBin), marks))
      ], notes: ["Mean over layers."] + (charted.binNote.map { [$0] } ?? []))
  }
}

import Charts
import Replay

extension ResultChart {
  /// What part of the steps takes at most how long.
  static let distribution = ResultChart(
    "distribution", "Distribution of step times", missing: needsDetails + " One step alone has no distribution."
  ) { charted in
    let found = charted.detailed
    guard let count = found.first?.details.stepTotals.count, count > 1 else { return nil }
    let shares = Scale(.linear, 0...1)
    let plot = Plot(
      x: Axis("time of a step", .time, found.flatMap(\.details.stepTotals), fromZero: false),
      y: Axis(
        title: "steps that take at most this [%]", scale: shares,
        ticks: shares.ticks().map { .init(value: $0, label: Ticks.labels([$0 * 100, $0 * 100 + 20])[0]) }))
    var marks = Markup()
    for (share, name) in [(0.5, "p50"), (0.95, "p95"), (0.99, "p99")] {
      marks += plot.percentile(share, name)
    }
    for (policy, details) in found {
      let steps = details.stepTotals.enumerated().flatMap { place, time in
        [(x: time, y: Double(place) / Double(count)), (x: time, y: Double(place + 1) / Double(count))]
      }
      marks += plot.line(policy.series, steps, values: details.stepTotals, .time)
      let at = details.stepTotal
      for (share, time) in [(0.5, at.p50), (0.95, at.p95), (0.99, at.p99)] {
        marks += plot.small(policy.series, at: (time, share))
      }
    }
    let reading =
      "95 % of steps take at most: " + charted.list { $0.details.map { Readable.time($0.stepTotal.p95) } } + "."
    return Drawing(
      reading: reading,
      panels: [
        .init(
          picture: plot.svg(
            label: "Distribution of step times. \(reading)", cursor: Cursor("rank", count: count, isUpward: true), marks
          ))
      ],
      notes: [
        count < charted.result.trace.steps
          ? "\(count) evenly spaced ranks of the \(Readable.count(charted.result.trace.steps)) steps are drawn." : nil,
        charted.baseline?.policy.changes == nil
          ? nil : "Steps are shown without the interruptions by ranks that come or go.",
      ].compactMap(\.self))
  }
}

extension Plot {
  /// A line across at a share of the steps, named at its end.
  fileprivate func percentile(_ share: Double, _ name: String) -> Markup {
    let y = Markup.place(y(share))
    return Markup.element("path", ["class": "rule", "d": "M\(Markup.place(left)) \(y)H\(Markup.place(right))"])
      + .element(
        "text",
        [
          "class": "note", "x": Markup.place(left + 4), "y": Markup.place(self.y(share) + (share > 0.97 ? -3 : 11)),
        ], Markup(name))
  }

  /// A point on a line.
  fileprivate func small(_ series: Series, at point: (x: Double, y: Double)) -> Markup {
    .element(
      "circle",
      [
        "class": "point \(series.style)", "data-policy": "\(series.colour)", "data-x": Markup.numbers([point.x]),
        "cx": Markup.place(x(point.x)), "cy": Markup.place(y(point.y)), "r": "3",
      ])
  }
}

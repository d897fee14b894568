import Charts
import Studies

extension ScreenChart {
  /// What the gain is made of.
  static func decision(_ screening: Screening) -> DrawnChart {
    DrawnChart(
      "decision", "What the gain is made of", missing: "The held-back half has no steady state to take apart.",
      drawing: screening.choice?.decides.map { drawing(of: $0, baseline: screening.baseline) })
  }

  private static func drawing(of decision: Screening.Decision, baseline: String) -> Drawing {
    let parts = [
      ("communication", "dispatch", decision.communication), ("expert memory", "experts", decision.memory),
      ("expert arithmetic", "prediction", decision.arithmetic), ("moves", "migration", decision.moves),
    ]
    let picture = RowPlot(
      parts.map { .init($0.0, value: Readable.signedPercent($0.2)) },
      x: Axis("saved, of \(baseline.shortened())'s time", .share, parts.map(\.2), fromZero: true))
    let plot = picture.plot
    let most = parts.max { abs($0.2) < abs($1.2) } ?? parts[0]
    let reading = "Most is \(most.2 < 0 ? "lost" : "saved") in \(most.0): \(Readable.percent(abs(most.2))) of the time."
    return Drawing(
      reading: reading,
      panels: [
        .init(
          picture: picture.svg(
            label: "What the gain is made of. \(reading)",
            behind: plot.upright(at: 0)
          ) { row in
            let (name, style, share) = parts[row]
            return plot.bar(
              style, from: min(0, share), to: max(0, share), top: plot.y(picture.middle(of: row)) - 7, height: 14,
              title: "\(name): \(Readable.signedPercent(share))")
          })
      ],
      notes: [
        "In the steady state of the half that was held back; bars to the left are losses, and all add up to the gain."
      ])
  }
}

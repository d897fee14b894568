import Charts
import Studies

extension ScreenChart {
  private static let most = 16

  /// The gain of every strategy that was ranked, and what became of it where it was scored.
  static func candidates(_ screening: Screening) -> DrawnChart {
    DrawnChart(
      "candidates", "Strategies that were tried", missing: "No strategy acted for two whole intervals of its schedule.",
      isTall: true,
      drawing: drawing(ofCandidates: screening))
  }

  private static func drawing(ofCandidates screening: Screening) -> Drawing? {
    let ranked = screening.strategies.compactMap { strategy in strategy.gain.map { (strategy, $0) } }
    guard !ranked.isEmpty else { return nil }
    let shown = Array(ranked.prefix(most))
    let steady = screening.choice?.steady
    let ends =
      shown.flatMap { [$0.1, $0.0.heldBack ?? $0.1] } + [steady?.totalLow, steady?.totalHigh].compactMap(\.self)
    let rows = shown.flatMap { strategy, gain in
      [RowPlot.Row(strategy.policy.shortened(to: 64), isHeading: true), .init("", value: Readable.signedPercent(gain))]
    }
    let picture = RowPlot(rows, x: Axis("time saved in total, once plans serve", .share, ends, fromZero: true))
    let plot = picture.plot
    let reading = candidatesReading(ranked, of: screening)
    return Drawing(
      reading: reading,
      panels: [
        .init(
          picture: picture.svg(
            label: "Strategies that were tried. \(reading)",
            behind: plot.upright(at: 0)
          ) { row in
            guard row % 2 == 1 else { return Markup() }
            let (strategy, gain) = shown[row / 2]
            let isChoice = strategy.policy == screening.choice?.policy
            let middle = picture.middle(of: row)
            let first = plot.interval(chosenOn, gain, nil, nil, at: middle, "\(strategy.policy), first half")
            guard let second = strategy.heldBack else { return first }
            return first
              + plot.interval(
                heldBack, second, isChoice ? steady?.totalLow : nil, isChoice ? steady?.totalHigh : nil, at: middle,
                "\(strategy.policy), held back")
          })
      ], legend: legend,
      notes: [
        "Only the best are scored on the half that was held back; numbers are the first half's.",
        shown.count < ranked.count
          ? "The best \(shown.count) of \(ranked.count) are drawn; the table below has all." : nil,
        screening.strategies.count > ranked.count
          ? "\(Readable.count(screening.strategies.count - ranked.count)) that did not act, or not for long enough, are "
            + "left out." : nil,
      ].compactMap(\.self))
  }

  private static func candidatesReading(
    _ ranked: [(strategy: Screening.Strategy, gain: Double)], of screening: Screening
  ) -> String {
    let gainers = ranked.count { $0.gain > 0 }
    return "\(gainers) of the \(ranked.count) that can be ranked take less time than "
      + "\(screening.baseline.shortened()) on the first half, the best \(Readable.percent(abs(ranked[0].gain))) \(ranked[0].gain < 0 ? "more" : "less")."
  }
}

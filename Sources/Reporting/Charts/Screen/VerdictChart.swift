import Charts
import Studies

extension ScreenChart {
  /// The choice's gain and what is known of it, beside where the verdict turns.
  static func verdict(_ screening: Screening) -> DrawnChart {
    DrawnChart("verdict", "How sure the gain is", missing: needsChoice, drawing: drawing(ofVerdict: screening))
  }

  private struct Gain {
    var name: String
    var series: Plot.Series
    var value: Double
    var low: Double?
    var high: Double?
  }

  private static func gains(_ choice: Screening.Choice) -> [Gain] {
    let improvement = choice.improvement
    return [
      Gain(name: "promised", series: chosenOn, value: choice.promised),
      choice.steady.map {
        Gain(name: "once plans serve", series: heldBack, value: $0.total, low: $0.totalLow, high: $0.totalHigh)
      },
      Gain(
        name: "all steps", series: heldBack, value: improvement.total, low: improvement.totalLow,
        high: improvement.totalHigh),
      improvement.totalPriceLow.flatMap { low in
        improvement.totalPriceHigh.map {
          Gain(name: "all steps, errors of prices", series: heldBack, value: improvement.total, low: low, high: $0)
        }
      },
    ].compactMap(\.self)
  }

  private static func drawing(ofVerdict screening: Screening) -> Drawing? {
    guard let choice = screening.choice else { return nil }
    let gains = gains(choice)
    let ends = gains.flatMap { [$0.value, $0.low ?? $0.value, $0.high ?? $0.value] }
    let worthwhile = VerdictRule.leastWorthwhile
    let picture = RowPlot(
      gains.map { .init($0.name, value: Readable.signedPercent($0.value)) },
      x: Axis("time saved in total", .share, ends + [worthwhile], fromZero: true))
    let plot = picture.plot
    let baseline = screening.baseline.shortened()
    let steady = choice.steady.map {
      Readable.speed($0.total, low: $0.totalLow, high: $0.totalHigh, than: baseline) + " once its plans serve"
    }
    let reading =
      "On the half that was held back the best of the first half is "
      + "\(steady ?? "\(Readable.speed(choice.improvement.total, than: baseline)) over all steps"); promised was "
      + "\(Readable.signedPercent(choice.promised))."
    return Drawing(
      reading: reading,
      panels: [
        .init(
          picture: picture.svg(
            label: "How sure the gain is. \(reading)",
            behind: plot.upright(at: 0) + plot.upright(at: worthwhile)
          ) { row in
            let gain = gains[row]
            return plot.interval(gain.series, gain.value, gain.low, gain.high, at: picture.middle(of: row), gain.name)
          })
      ], legend: legend,
      notes: [
        "Dashed: no gain, and \(Readable.percent(worthwhile)), the least that is worthwhile. The verdict goes by the 95 % "
          + "interval over steps once plans serve"
          + (choice.steady?.totalLow == nil ? ", which these steps do not give." : ".")
      ])
  }
}

extension Plot {
  /// A mark with its interval, if it has one.
  ///
  /// - Parameter place: on the vertical axis.
  func interval(_ series: Series, _ value: Double, _ low: Double?, _ high: Double?, at place: Double, _ name: String)
    -> Markup
  {
    var marks = Markup()
    if let low, let high {
      marks += whisker(
        from: low, to: high, middle: y(place),
        title: "\(name): \(Readable.signedPercent(low)) to \(Readable.signedPercent(high))")
    }
    return marks + dot(series, at: (value, place), title: "\(name): \(Readable.signedPercent(value))")
  }
}

import Charts
import Studies

extension ScreenChart {
  /// What would turn the verdict, and how much of it.
  static func flips(_ screening: Screening) -> DrawnChart {
    DrawnChart(
      "flips", "What would turn it",
      missing: "No speed of links or memory, no batch and no skew that was tried turns it.",
      drawing: drawing(ofFlips: screening))
  }

  private static func drawing(ofFlips screening: Screening) -> Drawing? {
    let flips = screening.flips.filter { $0.factor > 0 }
    guard let nearest = flips.first else { return nil }
    let picture = RowPlot(
      flips.map { .init($0.cause.name, value: "× \(Readable.significant($0.factor))") },
      x: Axis(logarithmic: "times as much as now", .times, flips.map(\.factor) + [1]))
    let plot = picture.plot
    let reading = "Nearest: \(nearest.text), with a gain of \(Readable.signedPercent(nearest.gain))."
    return Drawing(
      reading: reading,
      panels: [
        .init(
          picture: picture.svg(
            label: "What would turn it. \(reading)",
            behind: plot.upright(at: 1)
          ) { row in
            let flip = flips[row]
            return plot.bar(
              chosenOn.style, from: min(1, flip.factor), to: max(1, flip.factor),
              top: plot.y(picture.middle(of: row)) - 7, height: 14, title: flip.text)
          })
      ],
      notes: [
        "Dashed: as it is now. A recommendation turns where the gain is a loss, anything else where it is worthwhile."
      ])
  }
}

extension Screening.Flip.Cause {
  fileprivate var name: String {
    switch self {
    case .links: "speed of links"
    case .memoryBandwidth: "memory bandwidth"
    case .batch: "tokens of a step"
    case .skew: "popularity, power"
    }
  }
}

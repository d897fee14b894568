import Charts
import Studies

extension ScreenChart {
  /// What the choice gains at other batches, and at other skews.
  static func trials(_ screening: Screening) -> DrawnChart {
    DrawnChart(
      "trials", "The gain at other batches and skews", missing: "Nothing but the recording as it is was tried.",
      isWide: true, drawing: drawing(ofTrials: screening))
  }

  private typealias Point = (x: Double, y: Double)

  private static func drawing(ofTrials screening: Screening) -> Drawing? {
    let batches = points(.batch, screening) + recorded(screening)
    let skews = points(.skew, screening)
    let panels = [
      batches.count < 2
        ? nil
        : panel(
          "tokens of a step", batches, Axis(logarithmic: "tokens of a step", .count, batches.map(\.x)), screening),
      skews.isEmpty
        ? nil
        : panel(
          "skew", skews,
          Axis("hottest expert of a layer over the mean", .times, skews.map(\.x), fromZero: true), screening),
    ].compactMap(\.self)
    guard !panels.isEmpty else { return nil }
    let told = screening.trials.filter { $0.factor != 1 }.map { trial in
      trial.cause == .batch
        ? "\(Readable.speed(trial.gain)) with \(Readable.count(whole: trial.value)) tokens a step"
        : "\(Readable.speed(trial.gain)) where the hottest expert has \(Readable.significant(trial.value)) times the mean"
    }
    return Drawing(
      reading: told.isEmpty
        ? "Nothing but the recording as it is was tried." : "The same strategy is \(told.joined(separator: ", ")).",
      panels: panels,
      notes: [
        "Larger batches are merged steps of the recording. Skews are those of a workload fitted to it, and of its "
          + "popularities raised to a power."
      ])
  }

  private static func points(_ cause: Screening.Flip.Cause, _ screening: Screening) -> [Point] {
    screening.trials.filter { $0.cause == cause && $0.value > 0 }.map { ($0.value, $0.gain) }
  }

  /// The recording as it is.
  private static func recorded(_ screening: Screening) -> [Point] {
    guard let tokens = screening.ridge?.tokensPerStep, tokens > 0, let gain = screening.choice?.steady?.total else {
      return []
    }
    return [(tokens, gain)]
  }

  private static func panel(_ title: String, _ points: [Point], _ x: Axis, _ screening: Screening) -> Drawing.Panel {
    let plot = Plot(x: x, y: Axis("time saved in total", .share, points.map(\.y), fromZero: true))
    var marks = plot.rule(at: 0, screening.baseline.shortened())
    marks += plot.line(heldBack, points.sorted { $0.x < $1.x }, .share)
    for point in points {
      marks += plot.dot(
        heldBack, at: point, title: "\(Readable.significant(point.x)): \(Readable.speed(point.y))")
    }
    return .init(picture: plot.svg(label: "Time saved against \(title)", marks))
  }
}

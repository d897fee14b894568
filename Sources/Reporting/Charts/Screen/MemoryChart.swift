import Charts
import Studies

extension ScreenChart {
  /// What strategies gain against what they take of a rank's memory.
  static func memory(_ screening: Screening) -> DrawnChart {
    DrawnChart(
      "memory", "Gain against memory", missing: "No strategy acted for two whole intervals of its schedule.",
      drawing: drawing(ofMemory: screening))
  }

  private static func drawing(ofMemory screening: Screening) -> Drawing? {
    let ranked = screening.strategies.compactMap { strategy in strategy.gain.map { (strategy, $0) } }
    guard let most = ranked.max(by: { $0.1 < $1.1 }) else { return nil }
    let plot = Plot(
      x: Axis("replicas on a rank, all MoE layers", .bytes, ranked.map(\.0.replicaBytesPerRank), fromZero: true),
      y: Axis("time saved on the first half", .share, ranked.map(\.1), fromZero: true))
    var marks = plot.rule(at: 0, screening.baseline.shortened())
    for (strategy, gain) in ranked.reversed() {
      marks += plot.dot(
        strategy.heldBack == nil ? chosenOn : heldBack, at: (strategy.replicaBytesPerRank, gain),
        title: "\(strategy.policy): \(Readable.speed(gain)) for \(Readable.bytes(strategy.replicaBytesPerRank))")
    }
    let frugal = ranked.filter { $0.0.replicaBytesPerRank == 0 }.max { $0.1 < $1.1 }
    let reading =
      "The most is saved with"
      + (most.0.replicaBytesPerRank > 0
        ? " \(Readable.bytes(most.0.replicaBytesPerRank)) of replicas on a rank" : "out replicas")
      + ", \(Readable.signedPercent(most.1))"
      + (most.0.replicaBytesPerRank > 0 ? frugal.map { "; without any, \(Readable.signedPercent($0.1))" } ?? "" : "")
      + "."
    return Drawing(
      reading: reading, panels: [.init(picture: plot.svg(label: "Gain against memory. \(reading)", marks))],
      legend: [
        .init(style: chosenOn.style, label: "tried on the first half"),
        .init(style: heldBack.style, label: "scored on the half held back, too"),
      ], notes: ["Up and to the left is better."])
  }
}

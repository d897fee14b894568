import Charts
import Studies

extension ScreenChart {
  /// The grid that was searched: planners × rhythms.
  static func grid(_ screening: Screening) -> DrawnChart {
    DrawnChart(
      "grid", "The grid that was searched", missing: "No strategy was tried.", isWide: true,
      drawing: drawing(ofGrid: screening))
  }

  private static func drawing(ofGrid screening: Screening) -> Drawing? {
    let named = screening.strategies.map { strategy in
      (strategy, StrategyName(strategy.policy, redundantSlotsPerRank: strategy.redundantSlotsPerRank))
    }
    guard !named.isEmpty else { return nil }
    let planners = named.map(\.1.planner).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let rhythms = named.map(\.1).sorted(by: StrategyName.isEarlier).map(\.rhythm)
      .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let cells = planners.map { planner in
      rhythms.map { rhythm in
        named.first { $0.1.planner == planner && $0.1.rhythm == rhythm }.map { cell(of: $0.0) }
      }
    }
    let matrix = GainMatrix(
      "planner", rows: planners.map { .init($0) }, columns: rhythms.map { .init($0) }, cells: cells)
    let best = screening.strategies.first { $0.gain != nil }.map {
      StrategyName($0.policy, redundantSlotsPerRank: $0.redundantSlotsPerRank)
    }
    let reading =
      "\(Readable.count(named.count)) of \(Readable.count(planners.count * rhythms.count)) places were tried"
      + (best.map { "; the best on the first half is \($0.planner.shortened()), \($0.rhythm)." } ?? "; none has a gain.")
    return Drawing(
      reading: reading, panels: [.init(picture: matrix.table(label: "Gain of every planner and rhythm"))],
      legend: Drawing.gainLegend,
      notes: [
        "Time saved in total on the first half, once plans serve. The search goes on around the best; what is empty was "
          + "not tried."
      ])
  }

  private static func cell(of strategy: Screening.Strategy) -> GainMatrix.Cell {
    guard let gain = strategy.gain else {
      return GainMatrix.Cell(nil, text: strategy.movedExperts > 0 ? "too short" : "did not act")
    }
    return GainMatrix.Cell(
      gain, text: Readable.signedPercent(gain),
      note: strategy.heldBack.map { "held back \(Readable.signedPercent($0))" } ?? "")
  }
}

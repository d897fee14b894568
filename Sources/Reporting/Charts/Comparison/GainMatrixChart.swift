import Charts
import Replay

extension ComparisonChart {
  /// Results × policies.
  static func matrix(_ comparison: ChartedComparison) -> DrawnChart {
    DrawnChart("matrix", "Where which policy pays", missing: needsOthers, drawing: comparison.matrix)
  }
}

extension ChartedComparison {
  fileprivate var matrix: Drawing? {
    let columns = columns
    guard !columns.isEmpty else { return nil }
    let hasIntervals = columns.contains { $0.policies.contains { $0?.improvement.totalLow != nil } }
    let matrix = GainMatrix(
      "result", rows: headings.map { .init($0) },
      columns: columns.map { .init($0.series.name, policy: $0.series.colour) },
      cells: results.indices.map { place in
        columns.map { $0.policies[place].map { Self.cell($0, tellsIntervals: hasIntervals) } }
      })
    let reading = matrixReading(columns)
    return Drawing(
      reading: reading, panels: [.init(picture: matrix.table(label: "Gain of every policy on every result"))],
      legend: Drawing.gainLegend,
      notes: [
        "Total time saved over the baseline of the same result; "
          + (hasIntervals ? "below it, its 95 % interval over steps." : "none has an interval.")
      ])
  }

  private static func cell(_ policy: PolicyResult, tellsIntervals: Bool) -> GainMatrix.Cell {
    let improvement = policy.improvement
    let interval = improvement.totalLow.flatMap { low in
      improvement.totalHigh.map { "\(Readable.signedPercent(low).dropLast(2))…\(Readable.signedPercent($0))" }
    }
    return GainMatrix.Cell(
      improvement.total, text: Readable.signedPercent(improvement.total),
      note: interval ?? (tellsIntervals ? "no interval" : ""))
  }

  private func matrixReading(_ columns: [Column]) -> String {
    let told = columns.filter { $0.policies.contains { $0?.causal == true } }.map { column in
      let found = column.policies.compactMap { $0?.improvement.total }
      return "\(column.series.name.shortened()) \(found.count { $0 > 0 }) of \(found.count)"
    }
    return "Results on which a policy takes less time than the baseline: "
      + (told.isEmpty ? "none was replayed that does not look ahead" : told.joined(separator: ", ")) + "."
  }
}

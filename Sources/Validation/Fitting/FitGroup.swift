import Diagnostics
import PerformanceModel

/// Rows that share figures: of one machine and, where they compute experts by measured kernels, one format.
struct FitGroup {
  let label: String
  private let kind: MeasurementKind
  private let machine: Cluster
  private let rows: PreparedRows

  struct Outcome {
    var predictions: [Prediction] = []
    var fitted: [Prediction] = []
    var notPredicted: [String] = []
  }

  /// In the order of machines and formats.
  static func all(of table: MeasurementTable) throws -> [FitGroup] {
    let formats: [ExpertFormat?] = [nil] + ExpertFormat.allCases
    return try table.machines.enumerated().flatMap { index, machine in
      let rows = table.rows.filter { $0.machine == index }
      let byFormat = Dictionary(grouping: rows) { table.kind.hasExperts ? machine.expertFormat(of: $0.model) : nil }
      return try formats.compactMap { format in
        try byFormat[format].map { rows in
          FitGroup(
            label: [machine.name, format?.rawValue].compactMap(\.self).joined(separator: ", "), kind: table.kind,
            machine: machine, rows: try PreparedRows(rows, of: table, on: table.machines))
        }
      }
    }
  }

  /// Rows of each value as the others predict them; suspect ones as all others do.
  func leavingOut(_ values: RowGroups) throws -> Outcome {
    var outcome = Outcome()
    let good = PreparedRows(rows) { $0.use != .suspect }
    let folds = values.groups(good.rows) { $0 }
    let counter = WorkProgress.begin("fitting \(label)", .groups, total: folds.count + 1)
    defer { counter?.end() }
    guard let all = try fit(good) else {
      outcome.notPredicted.append("\(good.rows.count) rows tell no figure")
      return outcome
    }
    outcome.fitted = try predict(good, .fitted, on: all.cluster)
    outcome.predictions = try predict(PreparedRows(rows) { $0.use == .suspect }, .suspect, on: all.cluster)
    counter?.advance()
    guard folds.count > 1 else {
      outcome.notPredicted.append("all rows are of \(folds.first?.label ?? "nothing")")
      return outcome
    }
    for fold in folds {
      defer { counter?.advance() }
      let lines = Set(fold.elements.map(\.line))
      guard let result = try fit(PreparedRows(good) { !lines.contains($0.line) }) else {
        outcome.notPredicted.append("\(fold.label): the other rows are too few")
        continue
      }
      let lost = all.told.filter { name in !result.told.contains(name) }
      let left = PreparedRows(good) { lines.contains($0.line) }
      let kept = try independent(of: lost, left, on: result.cluster)
      if kept.rows.count < left.rows.count {
        outcome.notPredicted.append(
          "\(fold.label): \(left.rows.count - kept.rows.count) rows depend on \(lost.joined(separator: ", "))")
      }
      outcome.predictions += try predict(kept, .leftOut, on: result.cluster)
    }
    return outcome
  }

  /// Nil where the rows are fewer than the figures that they depend on.
  private func fit(_ rows: PreparedRows) throws -> (cluster: Cluster, told: [String])? {
    let search = FitSearch(rows: rows, kind: kind, machine: machine, otherStarts: LeaveOut.otherStarts)
    let told = try search.toldParameters()
    guard !told.isEmpty, rows.rows.count >= told.count else { return nil }
    let best = try search.best()
    return (best.cluster, best.estimates.map(\.name))
  }

  private func predict(
    _ rows: PreparedRows, _ use: MeasurementTable.Use, on cluster: Cluster
  ) throws -> [Prediction] {
    try rows.predictions { _ in cluster }.map { prediction in
      var copy = prediction
      copy.row.use = use
      return copy
    }
  }

  /// Rows that do not change with figures of these names.
  private func independent(of lost: [String], _ rows: PreparedRows, on cluster: Cluster) throws -> PreparedRows {
    let parameters = FitParameter.all(of: cluster, for: rows.rows, kind).filter { lost.contains($0.name) }
    guard !parameters.isEmpty else { return rows }
    let dependent = try FitSearch.dependent(rows, on: parameters, of: cluster)
    return PreparedRows(rows, at: rows.rows.indices.filter { !dependent[$0].contains(true) })
  }
}

import Diagnostics
import PerformanceModel

/// How well rows are predicted by fits that have not seen them.
///
/// For each machine and expert format of a table, and each value of some columns: a fit to all other rows that are not
/// suspect predicts the rows of the value. The fit starts from the machine's own figures, and from two starts around
/// them. A row whose time depends on a figure that the other rows do not tell is not predicted: the machine's own figure
/// may know it.
public struct LeaveOut: Sendable {
  public let columns: [String]
  /// Rows as predicted by the fit that has not seen them; suspect ones by the fit to all others.
  public let predictions: [Prediction]
  /// Rows as predicted by the fit to all that are not suspect.
  public let fitted: [Prediction]
  /// What was not predicted, and why: a line for each.
  public let notPredicted: [String]

  static let otherStarts = 2

  /// - Throws: `InputError` (usage) for columns that the table does not have.
  init(_ table: MeasurementTable, leaving columns: [String]) throws {
    self.columns = columns
    let values = try RowGroups(columns, of: table)
    var predictions: [Prediction] = []
    var fitted: [Prediction] = []
    var notPredicted: [String] = []
    for group in FitGroup.all(of: table) {
      let outcome = try group.leaveOut(values)
      predictions += outcome.predictions
      fitted += outcome.fitted
      notPredicted += outcome.notPredicted.map { "\(group.label): \($0)" }
    }
    // In the table's order, which groups need not follow; a row of two operations has two predictions.
    self.predictions = Self.inOrder(predictions)
    self.fitted = Self.inOrder(fitted)
    self.notPredicted = notPredicted
  }

  private static func inOrder(_ predictions: [Prediction]) -> [Prediction] {
    predictions.enumerated().sorted { ($0.element.row.line, $0.offset) < ($1.element.row.line, $1.offset) }
      .map(\.element)
  }
}

/// Rows that share figures: of one machine and, where they compute experts by measured kernels, one format.
struct FitGroup {
  let label: String
  private let table: MeasurementTable
  private let machine: Cluster
  private let rows: [MeasurementTable.Row]

  struct Outcome {
    var predictions: [Prediction] = []
    var fitted: [Prediction] = []
    var notPredicted: [String] = []
  }

  /// In the order of machines and formats.
  static func all(of table: MeasurementTable) -> [FitGroup] {
    table.machines.indices.flatMap { index in
      let (machine, rows) = (table.machines[index], table.rows.filter { $0.machine == index })
      let byFormat = Dictionary(grouping: rows) { table.kind.hasExperts ? machine.expertFormat(of: $0.model) : nil }
      let formats: [ExpertFormat?] = [nil] + ExpertFormat.allCases
      return formats.compactMap { format in
        byFormat[format].map { rows in
          FitGroup(
            label: [machine.name, format?.rawValue].compactMap(\.self).joined(separator: ", "), table: table,
            machine: machine, rows: rows)
        }
      }
    }
  }

  private init(label: String, table: MeasurementTable, machine: Cluster, rows: [MeasurementTable.Row]) {
    self.label = label
    self.table = table
    self.machine = machine
    self.rows = rows
  }

  func leaveOut(_ values: RowGroups) throws -> Outcome {
    var outcome = Outcome()
    let good = rows.filter { $0.use != .suspect }
    guard let all = try fit(good) else {
      outcome.notPredicted.append("\(good.count) rows tell no figure")
      return outcome
    }
    outcome.fitted = try predict(good, .fitted, on: all.cluster)
    outcome.predictions = try predict(rows.filter { $0.use == .suspect }, .suspect, on: all.cluster)
    let folds = values.groups(good) { $0 }
    guard folds.count > 1 else {
      outcome.notPredicted.append("all rows are of \(folds.first?.label ?? "nothing")")
      return outcome
    }
    for fold in folds {
      let lines = Set(fold.elements.map(\.line))
      guard let result = try fit(good.filter { !lines.contains($0.line) }) else {
        outcome.notPredicted.append("\(fold.label): the other rows are too few")
        continue
      }
      let lost = all.told.filter { name in !result.told.contains(name) }
      let kept = try rowsIndependent(of: lost, fold.elements, on: result.cluster)
      if kept.count < fold.elements.count {
        outcome.notPredicted.append(
          "\(fold.label): \(fold.elements.count - kept.count) rows depend on \(lost.joined(separator: ", "))")
      }
      outcome.predictions += try predict(kept, .leftOut, on: result.cluster)
    }
    return outcome
  }

  /// Nil where the rows are fewer than the figures that they depend on.
  private func fit(_ rows: [MeasurementTable.Row]) throws -> (cluster: Cluster, told: [String])? {
    guard !rows.isEmpty else { return nil }
    let search = FitSearch(
      rows: try prepared(rows), kind: table.kind, machine: machine, otherStarts: LeaveOut.otherStarts)
    let told = try search.toldParameters()
    guard !told.isEmpty, rows.count >= told.count else { return nil }
    let best = try search.best()
    return (best.cluster, best.estimates.map(\.name))
  }

  private func predict(
    _ rows: [MeasurementTable.Row], _ use: MeasurementTable.Use, on cluster: Cluster
  ) throws -> [Prediction] {
    try prepared(rows).predictions { _ in cluster }.map { prediction in
      var copy = prediction
      copy.row.use = use
      return copy
    }
  }

  private func rowsIndependent(
    of lost: [String], _ rows: [MeasurementTable.Row], on cluster: Cluster
  ) throws -> [MeasurementTable.Row] {
    let parameters = FitParameter.all(of: cluster, for: rows, table.kind).filter { lost.contains($0.name) }
    guard !parameters.isEmpty else { return rows }
    let dependent = try FitSearch.dependent(prepared(rows), on: parameters, of: cluster)
    return zip(rows, dependent).filter { !$1.contains(true) }.map(\.0)
  }

  private func prepared(_ rows: [MeasurementTable.Row]) throws -> PreparedRows {
    try PreparedRows(rows, of: table, on: table.machines)
  }
}

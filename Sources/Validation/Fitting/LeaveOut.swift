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
    for group in try FitGroup.all(of: table) {
      let outcome = try group.leavingOut(values)
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

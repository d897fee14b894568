import Diagnostics
import PerformanceModel

/// A measurement table beside what the models predict for it.
public struct ValidatedTable: Sendable {
  public let table: MeasurementTable
  /// One per measurement, in the table's order; those of `leaveOut` where there is one.
  public let predictions: [Prediction]
  /// Errors by operation, by tokens when the table splits them, and by use; or by the columns that were asked for and use.
  public let summaries: [ErrorSummary]
  /// For each group size: errors on its rows when the links are fitted to all other sizes, where these tell enough.
  public let leftOut: [ErrorSummary]
  /// Predictions by fits to other rows, where these were asked for.
  public let leaveOut: LeaveOut?
  /// Pairs of rows before and after, where the table says what tells them apart.
  public let gains: [Gain]
  /// Their errors, by the columns that were asked for and use; then all.
  public let gainSummaries: [GainSummary]

  /// - Parameters:
  ///   - columns: by whose values errors are told apart.
  ///   - leaving: columns whose values are left out of a fit in turn, which then predicts them; none for the machines' own
  ///     figures.
  /// - Throws: `InputError` when a row does not fit its machine, or a column is unknown.
  public init(of table: MeasurementTable, by columns: [String] = [], leaving: [String] = []) throws {
    self.table = table
    let groups = try RowGroups(columns, of: table)
    leaveOut = leaving.isEmpty ? nil : try LeaveOut(table, leaving: leaving)
    predictions = try leaveOut?.predictions ?? table.predictions()
    gains = try Gain.all(predictions, of: table, isPartial: leaveOut != nil)
    let scored = (leaveOut?.fitted ?? []) + predictions
    if columns.isEmpty, leaveOut == nil {
      summaries = ErrorSummary.all(predictions, split: table.split)
    } else {
      let all = leaveOut == nil ? [] : [(label: columns.isEmpty ? "" : "all", elements: scored)]
      let told = columns.isEmpty ? [] : groups.groups(scored, row: \.row)
      summaries = Self.byUse(told + all, use: \.row.use)
        .map { ErrorSummary(label: $0.label, predictions: $0.elements) }
    }
    let gainGroups = columns.isEmpty ? [] : groups.groups(gains, row: \.after.row)
    let all = gains.isEmpty ? [] : [(label: columns.isEmpty ? "" : "all", elements: gains)]
    gainSummaries = Self.byUse(gainGroups + all, use: \.use)
      .map { GainSummary(label: $0.label, gains: $0.elements) }
    leftOut = leaveOut == nil ? try LinkFit.crossValidate(table) : []
  }

  /// Each group's rows that were fitted, left out and suspect, as far as there are any.
  private static func byUse<Element>(
    _ groups: [(label: String, elements: [Element])], use: (Element) -> MeasurementTable.Use
  ) -> [(label: String, elements: [Element])] {
    groups.flatMap { group in
      MeasurementTable.Use.allCases.compactMap { wanted in
        let elements = group.elements.filter { use($0) == wanted }
        let label = [group.label, wanted.label].filter { !$0.isEmpty }.joined(separator: ", ")
        return elements.isEmpty ? nil : (label, elements)
      }
    }
  }
}

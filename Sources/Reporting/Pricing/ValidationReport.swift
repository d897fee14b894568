import Foundation
import Validation

/// What `validate` prints: predicted against measured.
public struct ValidationReport: Report {
  private struct Content: Encodable, Sendable {
    struct Row: Encodable, Sendable {
      let operation: String
      let ranks: Int
      let tokens: Int
      let experts: Int
      let measured: Double
      let predicted: Double
      let error: Double
      let fitted: String
    }

    struct Errors: Encodable, Sendable {
      let over: String
      let rows: Int
      let mean: Double
      let max: Double
    }

    let table: String
    let cluster: String
    let source: String
    let rows: [Row]
    let errors: [Errors]
    let leftOut: [Errors]
  }

  private let validations: [ValidatedTable]

  public init(_ validations: [ValidatedTable]) { self.validations = validations }

  public var title: String { "Predicted against measured" }

  /// A list with one object per table; microseconds, errors as fractions.
  public var content: ReportContent {
    .list(
      validations.map { validation in
        Content(
          table: validation.table.name, cluster: validation.table.machines.map(\.name).joined(separator: ", "), source: validation.table.source,
          rows: validation.predictions.map(Self.row), errors: validation.summaries.map(Self.errors),
          leftOut: validation.leftOut.map(Self.errors))
      })
  }

  /// A row for each measurement.
  public var records: Records {
    get throws {
      try Records(
        validations.flatMap { validation in
          validation.predictions.map { (["table": validation.table.name], Self.row($0)) }
        })
    }
  }

  /// Every row, then the errors of each table.
  public var blocks: [ReportBlock] {
    validations.enumerated().flatMap { index, validation in
      (index > 0 ? [.line()] : []) + rows(of: validation) + errors(of: validation)
    }
  }

  private func rows(of validation: ValidatedTable) -> [ReportBlock] {
    let table = TextTable(
      columns: [.left("operation")]
        + ["ranks", "tokens", "measured us", "predicted us", "error"].map(TextTable.Column.right) + [.left("fitted")],
      rows: validation.predictions.map { prediction in
        let row = prediction.row
        return [
          row.operation.rawValue, "\(row.ranks)", "\(row.tokens)", Readable.number(row.measured, decimals: 1),
          Readable.number(prediction.predicted, decimals: 1), Readable.signedPercent(prediction.error),
          row.use.rawValue,
        ]
      })
    return [
      .line("\(validation.table.name) on \(validation.table.machines.map(\.name).joined(separator: ", "))", isDetail: true),
      .table(table, isDetail: true), .line(isDetail: true),
    ]
  }

  private func errors(of validation: ValidatedTable) -> [ReportBlock] {
    let table = validation.table
    let errors = TextTable(
      indent: 2, columns: [.left("over"), .right("mean"), .right("max"), .right("rows")],
      rows: (validation.summaries + validation.leftOut).map { summary in
        [
          summary.label, Readable.percent(summary.mean), Readable.percent(summary.maximum),
          Readable.count(summary.rows),
        ]
      })
    let note = table.note.map { [ReportBlock.line("  \($0)")] }
    return [.line("\(table.name) on \(table.machines.map(\.name).joined(separator: ", ")): \(table.source)")] + (note ?? []) + [.table(errors)]
  }

  private static func row(_ prediction: Prediction) -> Content.Row {
    let row = prediction.row
    return Content.Row(
      operation: row.operation.rawValue, ranks: row.ranks, tokens: row.tokens, experts: row.experts,
      measured: row.measured, predicted: prediction.predicted, error: prediction.error, fitted: row.use.rawValue)
  }

  private static func errors(_ summary: ErrorSummary) -> Content.Errors {
    Content.Errors(over: summary.label, rows: summary.rows, mean: summary.mean, max: summary.maximum)
  }
}

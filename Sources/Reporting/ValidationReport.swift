import Foundation
import PerformanceModel

/// Predicted against measured, for people and for programs.
public struct ValidationReport: Sendable {
  private struct Content: Encodable {
    struct Row: Encodable {
      let operation: String
      let ranks: Int
      let tokens: Int
      let experts: Int
      let measured: Double
      let predicted: Double
      let error: Double
      let fitted: String
    }

    struct Errors: Encodable {
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

  private let validations: [Validation]

  public init(_ validations: [Validation]) { self.validations = validations }

  /// An array with one object per table; microseconds, errors as fractions.
  public func json() throws -> String {
    try jsonReport(
      validations.map { validation in
        Content(
          table: validation.table.name, cluster: validation.table.cluster.name, source: validation.table.source,
          rows: validation.predictions.map {
            Content.Row(
              operation: $0.row.operation.rawValue, ranks: $0.row.ranks, tokens: $0.row.tokens,
              experts: $0.row.experts, measured: $0.row.measured, predicted: $0.predicted, error: $0.error,
              fitted: $0.row.use.rawValue)
          },
          errors: validation.summaries.map(Self.errors), leftOut: validation.leftOut.map(Self.errors))
      })
  }

  /// Every row, then the errors of each table.
  public func table() -> String {
    validations.map { rows(of: $0) + "\n" + errors(of: $0) }.joined(separator: "\n")
  }

  /// The errors of each table alone.
  public func summary() -> String { validations.map(errors(of:)).joined(separator: "\n") }

  private func rows(of validation: Validation) -> String {
    var lines = ["\(validation.table.name) on \(validation.table.cluster.name)"]
    lines.append(Self.line(["operation", "ranks", "tokens", "measured us", "predicted us", "error", "fitted"]))
    for prediction in validation.predictions {
      let row = prediction.row
      lines.append(
        Self.line([
          row.operation.rawValue, "\(row.ranks)", "\(row.tokens)", String(format: "%.1f", row.measured),
          String(format: "%.1f", prediction.predicted), Readable.signedPercent(prediction.error), row.use.rawValue,
        ]))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func errors(of validation: Validation) -> String {
    var lines = ["\(validation.table.name) on \(validation.table.cluster.name): \(validation.table.source)"]
    if let note = validation.table.note { lines.append("  \(note)") }
    for summary in validation.summaries + validation.leftOut {
      let figures = String(format: "mean %5.1f %%  max %5.1f %%", summary.mean * 100, summary.maximum * 100)
      let label = summary.label.padding(toLength: max(44, summary.label.count), withPad: " ", startingAt: 0)
      lines.append("  \(label) \(figures)  \(Readable.count(summary.rows, "row"))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ cells: [String]) -> String {
    let widths = [10, 6, 8, 12, 13, 9]
    let padded = zip(cells, widths).enumerated().map { index, cell in
      let padding = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
      return index == 0 ? cell.0 + padding : padding + cell.0
    }
    return padded.joined() + "  \(cells[cells.count - 1])"
  }

  private static func errors(_ summary: Validation.Summary) -> Content.Errors {
    Content.Errors(over: summary.label, rows: summary.rows, mean: summary.mean, max: summary.maximum)
  }
}

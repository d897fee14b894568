import Validation

/// What `validate` prints: predicted against measured.
public struct ValidationReport: Report {
  private let validations: [ValidatedTable]

  public init(_ validations: [ValidatedTable]) { self.validations = validations }

  public var title: String { "Predicted against measured" }

  /// A list with one object per table; microseconds, errors as fractions.
  public var content: ReportContent { .list(validations.map(ValidationContent.init)) }

  /// A row for each measurement, with all columns that any of the tables has.
  public var records: Records {
    get throws {
      let contents = validations.map(ValidationContent.init)
      let rows = contents.flatMap { content in content.rows.map { (table: content.table, row: $0) } }
      var records = try Records(rows.map { (["table": $0.table], $0.row) })
      var names: [String] = []
      for column in rows.flatMap({ $0.row.columns ?? [] }) where !names.contains(column.name) {
        names.append(column.name)
      }
      records.columns.insert(contentsOf: names, at: 1)
      for index in records.rows.indices {
        let cells = names.map { name in rows[index].row.columns?.first { $0.name == name }?.value ?? "" }
        records.rows[index].insert(contentsOf: cells, at: 1)
      }
      return records
    }
  }

  /// Every row, then the errors of each table.
  public var blocks: [ReportBlock] {
    validations.enumerated().flatMap { index, validation in
      (index > 0 ? [.line()] : []) + rows(of: validation) + heading(of: validation) + errors(of: validation)
        + gains(of: validation)
    }
  }

  /// Measured against predicted, a plot for each table, above the errors.
  public func page() throws -> String {
    try validationPage(
      title: title, validations: validations, blocks: validations.map { errors(of: $0) + gains(of: $0) })
  }

  private func rows(of validation: ValidatedTable) -> [ReportBlock] {
    let shape = validation.shapeColumns
    let hasTokens = validation.predictions.contains { $0.row.tokens > 0 }
    let hasSpread = validation.predictions.contains { $0.spread != nil }
    let table = TextTable(
      columns: [.left("operation")] + shape.map { .left($0.name) }
        + (["ranks"] + (hasTokens ? ["tokens"] : []) + ["measured us", "predicted us"]).map(TextTable.Column.right)
        + (hasSpread ? [.right("spread us")] : []) + [.right("error"), .left("fitted")],
      rows: validation.predictions.map { prediction in
        let row = prediction.row
        let spread = prediction.spread.map { Readable.number($0, decimals: 1) } ?? Readable.nothing
        return [row.operation.rawValue] + shape.map { row.cells[$0.index] } + [
          "\(row.ranks)"
        ] + (hasTokens ? ["\(row.tokens)"] : []) + [
          Readable.number(row.measured, decimals: 1), Readable.number(prediction.predicted, decimals: 1),
        ] + (hasSpread ? [spread] : []) + [Readable.signedPercent(prediction.error), row.use.rawValue]
      })
    return [
      .line("\(validation.table.name) on \(validation.machines)", isDetail: true),
      .table(table, isDetail: true), .line(isDetail: true),
    ]
  }

  private func heading(of validation: ValidatedTable) -> [ReportBlock] {
    let table = validation.table
    let note = table.note.map { [ReportBlock.line("  \($0)")] } ?? []
    let fit = validation.leaveOut.map { leaveOut in
      let left = leaveOut.columns.joined(separator: ", ")
      return [ReportBlock.line("  rows not fitted are predicted by a fit to rows of other \(left)")]
        + leaveOut.notPredicted.map { .line("  not predicted: \($0)") }
    }
    return [.line("\(table.name) on \(validation.machines): \(table.source)")] + note + (fit ?? [])
  }

  private func errors(of validation: ValidatedTable) -> [ReportBlock] {
    let errors = TextTable(
      indent: 2, columns: [.left("over"), .right("mean"), .right("max"), .right("rms log"), .right("rows")],
      rows: (validation.summaries + validation.leftOut).map { summary in
        [
          summary.label, Readable.percent(summary.mean), Readable.percent(summary.maximum),
          summary.rms.map { Readable.number($0, decimals: 3) } ?? Readable.nothing, Readable.count(summary.rows),
        ]
      })
    return [.table(errors)]
  }

  private func gains(of validation: ValidatedTable) -> [ReportBlock] {
    guard let rule = validation.table.gain, !validation.gainSummaries.isEmpty else { return [] }
    let titles = ["measured", "predicted", "mean error", "max", "sign right", "pairs"]
    let table = TextTable(
      indent: 2, columns: [.left("over")] + titles.map(TextTable.Column.right),
      rows: validation.gainSummaries.map { summary in
        let isRight = summary.clear > 0 ? Double(summary.signRight) / Double(summary.clear) : nil
        return [
          summary.label, Readable.ratio(summary.measured), Readable.ratio(summary.predicted),
          Readable.percent(summary.mean), Readable.percent(summary.maximum),
          isRight.map { "\(Readable.percent($0)) of \(Readable.count(summary.clear))" } ?? Readable.nothing,
          Readable.count(summary.pairs),
        ]
      })
    return [.line("  time after / before, by \(rule.by), before = \(rule.before)"), .table(table)]
  }
}

extension ValidatedTable {
  /// Names of what the rows were measured on.
  var machines: String { table.machines.map(\.name).joined(separator: ", ") }

  /// Columns that tell rows apart beside those that every table has, where they do.
  var shapeColumns: [(name: String, index: Int)] {
    let told = table.shapeColumns
    return told.filter { column in Set(predictions.map { $0.row.cells[column.index] }).count > 1 }
  }
}

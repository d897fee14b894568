import Validation

/// The JSON of one validated table.
struct ValidationContent: Encodable, Sendable {
  struct Row: Encodable, Sendable {
    let operation: String
    let ranks: Int
    let tokens: Int
    let experts: Int
    /// The table's other columns; absent where it has none.
    let columns: [Column]?
    let measured: Double
    let predicted: Double
    /// Absent where the load is known.
    let spread: Double?
    let error: Double
    let fitted: String
  }

  struct Column: Encodable, Sendable {
    let name: String
    let value: String
  }

  struct Errors: Encodable, Sendable {
    let over: String
    let rows: Int
    let mean: Double
    let max: Double
    /// Of log(predicted / measured); absent where a row is predicted to take no time.
    let rms: Double?
  }

  struct LeaveOut: Encodable, Sendable {
    let columns: [String]
    /// Absent where every row is predicted.
    let notPredicted: [String]?
  }

  struct Gain: Encodable, Sendable {
    /// Lines of the table.
    let before: Int
    let after: Int
    let measured: Double
    let predicted: Double
    let error: Double
    let fitted: String
  }

  struct GainErrors: Encodable, Sendable {
    let over: String
    let pairs: Int
    let measured: Double
    let predicted: Double
    let mean: Double
    let max: Double
    let clear: Int
    let signRight: Int
  }

  let table: String
  let cluster: String
  let source: String
  let rows: [Row]
  let errors: [Errors]
  let leftOut: [Errors]
  /// What is left out of the fits that predict; absent for the machines' own figures.
  let leaveOut: LeaveOut?
  /// Absent in tables that say nothing of pairs.
  let gains: [Gain]?
  let gainErrors: [GainErrors]?

  init(_ validation: ValidatedTable) {
    table = validation.table.name
    cluster = validation.machines
    source = validation.table.source
    let shape = validation.table.shapeColumns
    rows = validation.predictions.map { Self.row($0, shape) }
    errors = validation.summaries.map(Self.errors)
    leftOut = validation.leftOut.map(Self.errors)
    leaveOut = validation.leaveOut.map {
      LeaveOut(columns: $0.columns, notPredicted: $0.notPredicted.isEmpty ? nil : $0.notPredicted)
    }
    let hasGains = !validation.gains.isEmpty
    gains = hasGains ? validation.gains.map(Self.gain) : nil
    gainErrors = hasGains ? validation.gainSummaries.map(Self.errors) : nil
  }

  private static func row(_ prediction: Prediction, _ shape: [(name: String, index: Int)]) -> Row {
    let row = prediction.row
    let columns = shape.map { Column(name: $0.name, value: row.cells[$0.index]) }
    return Row(
      operation: row.operation.rawValue, ranks: row.ranks, tokens: row.tokens, experts: row.experts,
      columns: columns.isEmpty ? nil : columns, measured: row.measured, predicted: prediction.predicted,
      spread: prediction.spread, error: prediction.error, fitted: row.use.rawValue)
  }

  private static func errors(_ summary: ErrorSummary) -> Errors {
    Errors(over: summary.label, rows: summary.rows, mean: summary.mean, max: summary.maximum, rms: summary.rms)
  }

  private static func gain(_ gain: Validation.Gain) -> Gain {
    Gain(
      before: gain.before.row.line, after: gain.after.row.line, measured: gain.measuredRatio,
      predicted: gain.predictedRatio, error: gain.error, fitted: gain.use.rawValue)
  }

  private static func errors(_ summary: GainSummary) -> GainErrors {
    GainErrors(
      over: summary.label, pairs: summary.pairs, measured: summary.measured, predicted: summary.predicted,
      mean: summary.mean, max: summary.maximum, clear: summary.clear, signRight: summary.signRight)
  }
}

extension MeasurementTable {
  /// Columns of a row beside operation, ranks, tokens, experts, times and use.
  var shapeColumns: [(name: String, index: Int)] {
    let known = ["operation", "ranks", "tokens", "experts", "fitted", "doubtful", "dispatch_us", "combine_us", "us"]
    return columns.enumerated().filter { !known.contains($1) && !ignored.contains($1) }.map { ($1, $0) }
  }
}

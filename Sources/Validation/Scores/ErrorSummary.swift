/// Errors over some rows.
public struct ErrorSummary: Equatable, Sendable {
  /// What the rows have in common.
  public var label: String
  public var rows: Int
  /// Mean of |predicted / measured − 1|.
  public var mean: Double
  /// Largest |predicted / measured − 1|.
  public var maximum: Double
  /// Root mean square of log(predicted / measured), as `uncertainty` of a cluster file has it; nil where a row is
  /// predicted to take no time.
  public var rms: Double?

  init(label: String, predictions: [Prediction]) {
    self.label = label
    rows = predictions.count
    let count = Double(max(1, rows))
    mean = predictions.reduce(0) { $0 + abs($1.error) } / count
    maximum = predictions.map { abs($0.error) }.max() ?? 0
    let logarithms = predictions.compactMap(\.logError)
    if logarithms.count == rows { rms = (logarithms.reduce(0) { $0 + $1 * $1 } / count).squareRoot() }
  }

  /// By operation, by tokens when the table splits them, and by use.
  static func all(_ predictions: [Prediction], split: Int?) -> [ErrorSummary] {
    var summaries: [ErrorSummary] = []
    func add(_ label: String, _ isIncluded: (MeasurementTable.Row) -> Bool) {
      let rows = predictions.filter { isIncluded($0.row) }
      if !rows.isEmpty { summaries.append(ErrorSummary(label: label, predictions: rows)) }
    }
    for operation in MeasurementTable.Operation.allCases {
      add(operation.rawValue) { $0.operation == operation }
    }
    if let split {
      for isLarge in [true, false] { add(Self.label(split, isLarge)) { ($0.tokens >= split) == isLarge } }
    }
    for use in MeasurementTable.Use.allCases { add(use.label) { $0.use == use } }
    add("all") { _ in true }
    return summaries
  }

  /// What rows from, or below, a table's split are called.
  static func label(_ split: Int, _ isLarge: Bool) -> String { "tokens \(isLarge ? "≥" : "<") \(split)" }
}

extension MeasurementTable.Use {
  /// What summaries call its rows.
  public var label: String {
    switch self {
    case .fitted: "fitted rows"
    case .leftOut: "rows not fitted"
    case .suspect: "suspect rows"
    }
  }
}

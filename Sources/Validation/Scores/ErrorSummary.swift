/// Errors over some rows.
public struct ErrorSummary: Equatable, Sendable {
  /// What the rows have in common.
  public var label: String
  public var rows: Int
  /// Mean of |predicted / measured − 1|.
  public var mean: Double
  /// Largest |predicted / measured − 1|.
  public var maximum: Double

  init(label: String, errors: [Double]) {
    self.label = label
    rows = errors.count
    mean = errors.reduce(0) { $0 + abs($1) } / Double(max(1, errors.count))
    maximum = errors.map { abs($0) }.max() ?? 0
  }

  /// By operation, by tokens when the table splits them, and by use.
  static func all(_ predictions: [Prediction], split: Int?) -> [ErrorSummary] {
    var summaries: [ErrorSummary] = []
    func add(_ label: String, _ isIncluded: (MeasurementTable.Row) -> Bool) {
      let errors = predictions.filter { isIncluded($0.row) }.map(\.error)
      if !errors.isEmpty { summaries.append(ErrorSummary(label: label, errors: errors)) }
    }
    for operation in MeasurementTable.Operation.allCases {
      add(operation.rawValue) { $0.operation == operation }
    }
    if let split {
      add("tokens ≥ \(split)") { $0.tokens >= split }
      add("tokens < \(split)") { $0.tokens < split }
    }
    for use in MeasurementTable.Use.allCases { add(use.label) { $0.use == use } }
    add("all") { _ in true }
    return summaries
  }
}

extension MeasurementTable.Use {
  /// What summaries call its rows.
  var label: String {
    switch self {
    case .fitted: "fitted rows"
    case .leftOut: "rows not fitted"
    case .suspect: "suspect rows"
    }
  }
}

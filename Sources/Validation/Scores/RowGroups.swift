import Diagnostics

/// Rows told apart by columns.
struct RowGroups {
  /// What every table has, whatever its columns.
  private static let operation = "operation"
  /// Tokens from a table's split and below it.
  private static let split = "split"

  /// What a column says of a row.
  private enum Source {
    case cell(Int)
    case operation
    case split(Int)
  }

  let columns: [String]
  private let sources: [Source]

  /// - Throws: `InputError` (usage) for a column that the table does not have.
  init(_ columns: [String], of table: MeasurementTable) throws(InputError) {
    self.columns = columns
    var known = table.columns
    for name in [Self.operation] + (table.split == nil ? [] : [Self.split]) where !known.contains(name) {
      known.append(name)
    }
    sources = try columns.map { column throws(InputError) in
      if let place = table.columns.firstIndex(of: column) { return .cell(place) }
      if column == Self.operation { return .operation }
      if column == Self.split, let split = table.split { return .split(split) }
      throw InputError(
        "no column '\(column)' to tell rows apart by\(suggestion(for: column, in: known))", in: table.name,
        status: .usage)
    }
  }

  /// The values of a row, in the order of the columns.
  private func values(of row: MeasurementTable.Row) -> [String] {
    sources.map { source in
      switch source {
      case .cell(let place): row.cells[place]
      case .operation: row.operation.rawValue
      // Below comes first.
      case .split(let split): row.tokens >= split ? "1" : "0"
      }
    }
  }

  private func label(_ values: [String]) -> String {
    zip(zip(columns, sources), values).map { column, value in
      if case .split(let split) = column.1 { return ErrorSummary.label(split, value == "1") }
      return "\(column.0) \(value)"
    }.joined(separator: ", ")
  }

  /// In ascending order, numbers by their value.
  ///
  /// - Parameter row: of an element.
  func groups<Element>(
    _ elements: [Element], row: (Element) -> MeasurementTable.Row
  ) -> [(label: String, elements: [Element])] {
    let groups = Dictionary(grouping: elements) { values(of: row($0)) }
    return groups.sorted { Self.precede($0.key, $1.key) }.map { (label($0), $1) }
  }

  private static func precede(_ left: [String], _ right: [String]) -> Bool {
    for (a, b) in zip(left, right) where a != b {
      if let a = Double(a), let b = Double(b), a != b { return a < b }
      return a < b
    }
    return false
  }
}

import Diagnostics

/// Rows told apart by columns, and by how they relate to the cluster file.
struct RowGroups {
  /// What every table has, whatever its columns.
  private static let operation = "operation"

  let columns: [String]
  private let places: [Int?]

  /// - Throws: `InputError` (usage) for a column that the table does not have.
  init(_ columns: [String], of table: MeasurementTable) throws(InputError) {
    self.columns = columns
    let known = table.columns.contains(Self.operation) ? table.columns : table.columns + [Self.operation]
    places = try columns.map { column throws(InputError) in
      guard known.contains(column) else {
        throw InputError(
          "no column '\(column)' to tell errors apart by\(suggestion(for: column, in: known))", in: table.name,
          status: .usage)
      }
      return table.columns.firstIndex(of: column)
    }
  }

  /// The values of a row, in the order of the columns.
  private func values(of row: MeasurementTable.Row) -> [String] {
    places.map { $0.map { row.cells[$0] } ?? row.operation.rawValue }
  }

  /// In ascending order, numbers by their value.
  ///
  /// - Parameter row: of an element.
  func groups<Element>(
    _ elements: [Element], row: (Element) -> MeasurementTable.Row
  ) -> [(label: String, elements: [Element])] {
    let groups = Dictionary(grouping: elements) { values(of: row($0)) }
    return groups.sorted { Self.precede($0.key, $1.key) }.map { key, elements in
      (zip(columns, key).map { "\($0) \($1)" }.joined(separator: ", "), elements)
    }
  }

  private static func precede(_ left: [String], _ right: [String]) -> Bool {
    for (a, b) in zip(left, right) where a != b {
      if let a = Double(a), let b = Double(b), a != b { return a < b }
      return a < b
    }
    return false
  }
}

import Containers
import Diagnostics

/// The line that names a table's columns.
struct TableHeader {
  let line: Int
  let names: [String]
  /// Where the columns that are used stand.
  let columns: [String: Int]

  /// - Throws: `InputError` for columns that are unknown, twice, in the front matter too, or missing.
  init(_ row: CSVRow, front: FrontMatter, name: String) throws(InputError) {
    line = row.line
    names = row.cells
    let kind = front.kind
    var columns: [String: Int] = [:]
    func error(_ message: String) -> InputError { InputError(message, in: name, at: .init(line: row.line)) }
    for (index, column) in names.enumerated() {
      guard names.firstIndex(of: column) == index else { throw error("column '\(column)' twice") }
      if front.ignored.contains(column) { continue }
      guard kind.columns.contains(column) || kind.measured.contains(column) else {
        guard MeasurementKind.allColumns.contains(column) else {
          throw error("unknown column '\(column)'\(suggestion(for: column, in: kind.columns + kind.measured))")
        }
        throw error("column '\(column)' means nothing to a table of \(kind.name); name it in ignored to keep it")
      }
      guard front.constants[column] == nil else { throw error("\(column) is a column and stands above the table") }
      columns[column] = index
    }
    for column in front.ignored where !names.contains(column) {
      throw error("no column '\(column)' to be ignored\(suggestion(for: column, in: names))")
    }
    for column in kind.required where columns[column] == nil && front.constants[column] == nil {
      throw error("no column '\(column)'")
    }
    guard kind.measured.contains(where: { columns[$0] != nil }) else {
      throw error(kind.withoutMeasurement)
    }
    self.columns = columns
  }
}

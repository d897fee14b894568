import Diagnostics
import PerformanceModel

/// One line of a table: its cells by column, and what the front matter says for all lines.
struct TableCells {
  /// A value that stands in the front matter.
  struct Constant {
    let text: String
    let line: Int?
  }

  let table: String
  let columns: [String: Int]
  let constants: [String: Constant]
  let cells: [String]
  let line: Int

  /// Nil for a column that is not there.
  func text(_ column: String) -> String? { columns[column].map { cells[$0] } ?? constants[column]?.text }

  /// At the line of the value: the row's, or the front matter's.
  func error(_ message: String, at column: String? = nil) -> InputError {
    let constant = column.flatMap { columns[$0] == nil ? constants[$0] : nil }
    return InputError(message, in: table, at: .init(line: constant.map(\.line) ?? line))
  }

  func required(_ column: String) throws(InputError) -> String {
    guard let text = text(column) else { throw error("no column '\(column)', and no \(column) for all rows") }
    return text
  }

  func choice(_ column: String, of names: [String]) throws(InputError) -> String? {
    guard let text = text(column) else { return nil }
    guard names.contains(text) else {
      throw error("unknown \(column) '\(text)'\(suggestion(for: text, in: names))", at: column)
    }
    return text
  }

  func whole(_ column: String, most: Int) throws(InputError) -> Int? {
    guard let text = text(column) else { return nil }
    guard let value = Int(text), (1...most).contains(value) else {
      throw error("\(column) '\(text)' is not a whole number in 1…\(most)", at: column)
    }
    return value
  }

  func required(_ column: String, most: Int) throws(InputError) -> Int {
    _ = try required(column)
    return try whole(column, most: most) ?? 1
  }

  /// Microseconds.
  func time(_ column: String) throws(InputError) -> Double { try amount(column, within: Dimension.time.range) }

  func amount(_ column: String, within range: ClosedRange<Double>) throws(InputError) -> Double {
    let text = try required(column)
    guard let value = Double(text), range.contains(value) else {
      throw error("\(column) '\(text)' is not a number in \(range.lowerBound)…\(range.upperBound)", at: column)
    }
    return value
  }

  /// A number of visits, tokens or experts, which may be a mean.
  func count(_ column: String) throws(InputError) -> Double? {
    guard let text = text(column) else { return nil }
    let most = Double(MeasurementTable.maximumTokens * ModelShape.maximumTopK)
    guard let value = Double(text), (0...most).contains(value) else {
      throw error("\(column) '\(text)' is not a number in 0…\(most)", at: column)
    }
    return value
  }

  /// A number with its unit, such as `14GB/s`.
  func quantity(_ column: String, _ dimension: Dimension) throws(InputError) -> Double? {
    guard let text = text(column) else { return nil }
    let quantity: Quantity
    do throws(InputError) { quantity = try Quantity(text) } catch {
      throw self.error("\(column) \(error.message)", at: column)
    }
    guard quantity.dimension == dimension, dimension.range.contains(quantity.value) else {
      throw error("\(column) '\(text)', expected a \(dimension.name) such as \(dimension.example)", at: column)
    }
    return quantity.value
  }

  func yesOrNo(_ column: String) throws(InputError) -> Bool? {
    guard let text = text(column) else { return nil }
    guard text == "yes" || text == "no" else { throw error("\(column) '\(text)', expected yes or no", at: column) }
    return text == "yes"
  }
}

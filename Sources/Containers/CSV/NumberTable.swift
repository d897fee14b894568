import Diagnostics
import Files

/// Numbers separated by commas, a row a line, all rows of the same length.
package struct NumberTable {
  /// Numbers in one file: 16 MiB in memory, 262,144 tokens of top-8.
  static let maximumValues = 1 << 21

  package private(set) var columns = 0
  /// `[rows][columns]`.
  package private(set) var values: [Double] = []
  /// Of each row, the line it stands on, as blank lines are passed over.
  private var lines: [UInt32] = []

  package var rows: Int { lines.count }

  package subscript(row: Int) -> ArraySlice<Double> { values[row * columns..<(row + 1) * columns] }

  package func line(ofRow row: Int) -> Int { Int(lines[row]) }

  /// - Throws: `InputError` with the line: not finite numbers, rows of different lengths, too many numbers, or none at all.
  package init(csv input: FileInput) throws(InputError) {
    let reader = CSVReader(input, limit: inflateLimit(compressed: input.size ?? 0))
    while let row = try reader.next() {
      do throws(InputError) { try add(row) } catch {
        throw InputError(error.message, in: input.name, at: .init(line: row.line))
      }
      lines.append(UInt32(clamping: row.line))
    }
    guard rows > 0 else { throw InputError("no rows", in: input.name) }
  }

  private mutating func add(_ row: CSVRow) throws(InputError) {
    let start = values.count
    var cells = row.makeIterator()
    while let cell = cells.next() {
      // A number is short; what is not is not copied whole.
      let text = String(decoding: cell.prefix(400), as: UTF8.self)
      guard let value = Double(text), value.isFinite else { throw InputError("'\(text.prefix(40))' is not a number") }
      guard values.count < Self.maximumValues else { throw InputError("more than \(Self.maximumValues) numbers") }
      values.append(value)
    }
    let count = values.count - start
    if start == 0 { columns = count }
    guard count == columns else { throw InputError("\(count) numbers, the first row has \(columns)") }
  }
}

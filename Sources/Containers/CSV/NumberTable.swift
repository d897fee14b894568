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
    let reader = LineReader(input, limit: inflateLimit(compressed: input.size ?? 0))
    do throws(InputError) {
      while let line = try reader.next() {
        do throws(InputError) { try add(line[...]) } catch {
          throw InputError(error.message, at: .init(line: reader.line))
        }
        lines.append(UInt32(clamping: reader.line))
      }
    } catch { throw error.attributed(to: input.name) }
    guard rows > 0 else { throw InputError("no rows", in: input.name) }
  }

  private mutating func add(_ line: ArraySlice<UInt8>) throws(InputError) {
    var rest = line.last == 0x0D ? line.dropLast() : line
    let start = values.count
    while true {
      let field = rest.prefix { $0 != UInt8(ascii: ",") }
      // A number is short; what is not is not copied whole.
      let text = String(decoding: field.drop { $0 == 0x20 }.prefix(400), as: UTF8.self)
      guard let value = Double(text), value.isFinite else { throw InputError("'\(text.prefix(40))' is not a number") }
      guard values.count < Self.maximumValues else { throw InputError("more than \(Self.maximumValues) numbers") }
      values.append(value)
      if field.endIndex == rest.endIndex { break }
      rest = rest[(field.endIndex + 1)...]
    }
    let count = values.count - start
    if start == 0 { columns = count }
    guard count == columns else { throw InputError("\(count) numbers, the first row has \(columns)") }
  }
}

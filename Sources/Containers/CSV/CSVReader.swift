import Diagnostics
import Files

/// Rows of comma-separated cells, a row a line; blank lines are passed over.
///
/// A cell is what stands between commas, without the blanks around it. Quotes have no meaning: what is read here holds
/// numbers and plain words. One line is in memory at a time.
package struct CSVReader {
  private let lines: LineReader

  /// - Parameter limit: bytes of a line.
  package init(_ input: any ByteInput, limit: Int) { lines = LineReader(input, limit: limit) }

  package init(text: String, name: String) {
    let input = TextInput(text, name: name)
    self.init(input, limit: input.size)
  }

  /// Nil after the last row.
  ///
  /// - Throws: `InputError` with the line that is too long, or what the input throws.
  package func next() throws(InputError) -> CSVRow? {
    do throws(InputError) {
      return try lines.next().map { CSVRow(line: lines.line, bytes: $0) }
    } catch { throw error.attributed(to: lines.input.name) }
  }
}

/// One row; its cells as a sequence, since a row may be as long as a file.
package struct CSVRow: Sequence {
  /// Number of its line in the file, from 1.
  package let line: Int
  private let bytes: [UInt8]

  init(line: Int, bytes: [UInt8]) {
    self.line = line
    self.bytes = bytes
  }

  /// The number of cells.
  package var count: Int { 1 + bytes.count { $0 == UInt8(ascii: ",") } }

  /// The line as it stands in the file, without its end.
  package var text: String { String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes[...], as: UTF8.self) }

  package var cells: [String] { map { String(decoding: $0, as: UTF8.self) } }

  package func makeIterator() -> Iterator { Iterator(rest: bytes[...]) }

  package struct Iterator: IteratorProtocol {
    fileprivate var rest: ArraySlice<UInt8>?

    package mutating func next() -> ArraySlice<UInt8>? {
      guard let bytes = rest else { return nil }
      let cell = bytes.prefix { $0 != UInt8(ascii: ",") }
      rest = cell.endIndex == bytes.endIndex ? nil : bytes[(cell.endIndex + 1)...]
      let start = cell.drop(while: Self.isBlank)
      guard let last = start.lastIndex(where: { !Self.isBlank($0) }) else { return start }
      return start[...last]
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
  }
}

import Diagnostics
import Files

/// Lines of a text, none longer than a limit.
package final class LineReader {
  package let input: any ByteInput
  let limit: Int
  /// 1-based number of the line read last.
  package private(set) var line = 0
  private var buffer: [UInt8] = []
  private var position = 0

  package init(_ input: any ByteInput, limit: Int) {
    self.input = input
    self.limit = limit
  }

  /// The next line without its newline, nil at the end. Blank lines are passed over.
  package func next() throws(InputError) -> [UInt8]? {
    while true {
      passOverNewlines()
      guard let text = try nextPhysical() else { return nil }
      if text.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) { return text }
    }
  }

  private func passOverNewlines() {
    var count = 0
    while position + count < buffer.count, buffer[position + count] == 0x0A { count += 1 }
    position += count
    line += count
  }

  private func nextPhysical() throws(InputError) -> [UInt8]? {
    var text = [UInt8]()
    var began = false
    while true {
      if position == buffer.count {
        buffer = try input.read(count: 1 << 16)
        position = 0
        if buffer.isEmpty {
          if began { line += 1 }
          return began ? text : nil
        }
      }
      began = true
      let end = Self.firstNewline(in: buffer, from: position)
      let piece = buffer[position..<(end ?? buffer.count)]
      guard text.count + piece.count <= limit else {
        throw InputError("longer than \(limit) bytes", at: .init(line: line + 1))
      }
      reserve(piece.count, in: &text)
      text += piece
      position = end.map { $0 + 1 } ?? buffer.count
      if end != nil {
        line += 1
        return text
      }
    }
  }

  /// A line that was read, and the rest of the text.
  package func rest(after first: [UInt8]) throws(InputError) -> [UInt8] {
    var text = first
    text.append(0x0A)
    var piece = Array(buffer[position...])
    position = buffer.count
    while true {
      guard text.count + piece.count <= limit else { throw InputError("longer than \(limit) bytes") }
      reserve(piece.count, in: &text)
      text += piece
      piece = try input.read(count: 1 << 18)
      if piece.isEmpty { return text }
    }
  }

  /// Grows fourfold, to the limit: what is reserved and not yet used takes no memory, and what is copied does.
  private func reserve(_ count: Int, in text: inout [UInt8]) {
    guard text.count > 1 << 20, text.count + count > text.capacity else { return }
    text.reserveCapacity(min(limit, 4 * (text.count + count)))
  }
}

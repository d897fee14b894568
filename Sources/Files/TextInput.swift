import Diagnostics

/// A text in memory, read as a file is.
package final class TextInput: ByteInput {
  package let name: String
  package private(set) var offset = 0
  private let bytes: [UInt8]

  package var size: Int { bytes.count }

  package init(_ text: String, name: String) {
    bytes = Array(text.utf8)
    self.name = name
  }

  package func readPiece(atMost count: Int) -> [UInt8] {
    let piece = Array(bytes[offset...].prefix(count))
    offset += piece.count
    return piece
  }
}

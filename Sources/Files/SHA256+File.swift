import Diagnostics

extension SHA256 {
  /// Of a file's bytes, and how many there are.
  package static func digest(ofFile path: String) throws(InputError) -> (digest: String, bytes: Int) {
    let input = try FileInput(path: path)
    var hash = SHA256()
    while case let piece = try input.readPiece(atMost: 1 << 20), !piece.isEmpty { hash.update(piece) }
    return (hash.hexadecimal(), input.offset)
  }
}

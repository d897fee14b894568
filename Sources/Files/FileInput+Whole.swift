import Diagnostics
import Foundation

/// The whole of a file, or of standard input.
package func readWhole(_ path: String) throws(InputError) -> [UInt8] { try readWhole(try FileInput(path: path)) }

package func readWhole(_ input: FileInput) throws(InputError) -> [UInt8] {
  let limit = 4 << 30
  let bytes = try input.read(count: input.size ?? limit)
  guard bytes.count < limit else { throw InputError("4 GiB or more", in: input.name) }
  return bytes
}

/// Bytes of a text that is read as a whole.
package let maximumTextBytes = 64 << 20

/// The whole of a small text file, of a pipe, or of standard input for `-`; without the mark that some editors begin a
/// file with.
///
/// - Throws: `InputError`: missing, over 64 MiB, or not UTF-8.
public func readText(_ path: String) throws(InputError) -> String {
  let input = try FileInput(path: path)
  let bytes = try input.read(count: maximumTextBytes + 1)
  guard bytes.count <= maximumTextBytes else {
    throw InputError("\(input.size.map { "\($0) bytes, " } ?? "")expected at most 64 MiB", in: input.name)
  }
  guard let text = String(validating: bytes, as: UTF8.self) else { throw InputError("not UTF-8 text", in: input.name) }
  return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
}

/// Bytes of files together; nil where one of them is no regular file.
package func storedBytes(of paths: [String]) -> Int? {
  var bytes = 0
  for path in paths {
    var status = stat()
    guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    bytes += Int(status.st_size)
  }
  return bytes
}

/// Whether a path can be opened again from its beginning: regular files and folders can; pipes and standard input cannot.
package func isReadableAgain(_ path: String) -> Bool {
  var status = stat()
  guard path != "-", stat(path, &status) == 0 else { return path != "-" }
  return [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
}

/// - Parameter reason: what reads it more than once, or how to do without.
/// - Throws: `InputError` (usage) for a path that can be read only once.
package func requireReadableAgain(_ path: String, _ reason: String) throws(InputError) {
  guard !isReadableAgain(path) else { return }
  let name = path == "-" ? "standard input" : path
  throw InputError("can be read only once: \(reason)", in: name, status: .usage)
}

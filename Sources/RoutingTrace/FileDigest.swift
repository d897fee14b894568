import Files
import Foundation

/// The SHA-256 of a file that is being read, computed on a thread of its own.
final class FileDigest: @unchecked Sendable {
  // Only the serial queue touches `hash`.
  private var hash = SHA256()
  private let queue = DispatchQueue(label: "file digest")
  /// Pieces that wait to be hashed are bounded to 4 MiB.
  private let room = DispatchSemaphore(value: 16)

  func append(_ piece: [UInt8]) {
    room.wait()
    queue.async {
      self.hash.update(piece)
      self.room.signal()
    }
  }

  /// The digest of all pieces so far, in lower-case hexadecimal.
  func finish() -> String { queue.sync { hash.hexadecimal() } }
}

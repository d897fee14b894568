import Diagnostics
import Foundation

/// A result file that appears under its name only when it is complete.
///
/// Bytes go to a temporary neighbour that `commit()` renames; without `commit()` nothing remains. `-` is standard output.
public final class OutputFile {
  private let path: String
  private let temporaryPath: String
  private var handle: UnsafeMutablePointer<FILE>?
  private let isStandardOutput: Bool

  public init(path: String) throws(InputError) {
    self.path = path
    isStandardOutput = path == "-"
    temporaryPath = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
    handle = isStandardOutput ? stdout : fopen(temporaryPath, "wb")
    if handle == nil { throw Self.failure(path) }
  }

  deinit { abandon() }

  public func write(_ bytes: some ContiguousBytes) throws(InputError) {
    let complete = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, handle) == $0.count }
    if !complete { throw Self.failure(path) }
  }

  public func write(_ text: String) throws(InputError) { try write(Array(text.utf8)) }

  /// Gives the file its name; the bytes written so far are the whole content.
  public func commit() throws(InputError) {
    guard let open = handle else { return }
    if isStandardOutput {
      guard fflush(open) == 0 else { throw Self.failure(path) }
      return
    }
    handle = nil
    guard fclose(open) == 0, rename(temporaryPath, path) == 0 else {
      let failure = Self.failure(path)
      unlink(temporaryPath)
      throw failure
    }
  }

  private func abandon() {
    guard let open = handle, !isStandardOutput else { return }
    fclose(open)
    unlink(temporaryPath)
  }

  private static func failure(_ path: String) -> InputError {
    InputError("cannot write: \(String(cString: strerror(errno)))", in: path, status: .output)
  }
}

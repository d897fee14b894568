import Diagnostics
import Foundation

/// A result file that appears under its name only when it is complete.
///
/// Bytes go to a temporary neighbour that `commit()` renames; without `commit()` nothing remains. `-` is standard output.
public final class OutputFile {
  private let path: String
  /// Nil for standard output.
  private let temporaryPath: String?
  private var descriptor: Int32

  public init(path: String) throws(InputError) {
    self.path = path
    if path == "-" {
      temporaryPath = nil
      descriptor = STDOUT_FILENO
    } else {
      let temporary = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
      temporaryPath = temporary
      descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
      if descriptor < 0 { throw failure }
    }
  }

  deinit {
    guard let temporaryPath, descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporaryPath)
  }

  public func write(_ bytes: some ContiguousBytes) throws(InputError) {
    let complete = bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let written = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { return false }
        rest = rest.dropFirst(written)
      }
      return true
    }
    if !complete { throw failure }
  }

  public func write(_ text: String) throws(InputError) { try write(Array(text.utf8)) }

  /// Gives the file its name; the bytes written so far are the whole content.
  public func commit() throws(InputError) {
    guard let temporaryPath, descriptor >= 0 else { return }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0, rename(temporaryPath, path) == 0 else {
      let failure = failure
      unlink(temporaryPath)
      throw failure
    }
  }

  private var failure: InputError {
    InputError("cannot write: \(String(cString: strerror(errno)))", in: path, status: .output)
  }
}

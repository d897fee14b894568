import Diagnostics
import Foundation

/// Bytes that arrive in order.
package protocol ByteInput: AnyObject {
  /// What messages call the input.
  var name: String { get }
  /// Bytes of the stored file taken so far.
  var offset: Int { get }
  /// Fills the start of `buffer`; 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int
}

extension ByteInput {
  /// Up to `count` bytes; fewer only at the end.
  package func read(count: Int) throws(InputError) -> [UInt8] {
    var bytes = [UInt8]()
    // Grows with what arrives, so that a lying `count` allocates nothing.
    while bytes.count < count {
      let piece = try readPiece(of: min(count - bytes.count, 1 << 20))
      if piece.isEmpty { break }
      if bytes.isEmpty { bytes = piece } else { bytes += piece }
    }
    return bytes
  }

  private func readPiece(of count: Int) throws(InputError) -> [UInt8] {
    var failure: InputError?
    let piece = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      while initialized < count {
        do throws(InputError) {
          let got = try read(into: UnsafeMutableRawBufferPointer(rebasing: raw[initialized...]))
          if got == 0 { return }
          initialized += got
        } catch {
          failure = error
          return
        }
      }
    }
    if let failure { throw failure }
    return piece
  }
}

/// A stored file, or standard input for `-`.
package final class FileInput: ByteInput {
  package let name: String
  package private(set) var offset = 0
  /// Bytes of the file; nil for a pipe.
  package let size: Int?
  private let descriptor: Int32
  /// Read but not yet taken.
  private var pending: ArraySlice<UInt8> = []
  private let observer: (@Sendable ([UInt8]) -> Void)?

  /// - Parameter observer: receives every piece of the file in order, also those that are skipped over.
  /// - Throws: `InputError` (missing) when the file cannot be opened or is a folder.
  package init(path: String, observer: (@Sendable ([UInt8]) -> Void)? = nil) throws(InputError) {
    name = path == "-" ? "standard input" : path
    self.observer = observer
    descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    var information = stat()
    guard descriptor >= 0, fstat(descriptor, &information) == 0 else {
      throw InputError(errno == ENOENT ? "no such file" : String(cString: strerror(errno)), in: path, status: .missing)
    }
    switch information.st_mode & S_IFMT {
    case S_IFDIR:
      close(descriptor)
      throw InputError("is a folder, expected a file", in: path, status: .missing)
    case S_IFREG: size = Int(information.st_size)
    default: size = nil
    }
  }

  deinit { close(descriptor) }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int {
    if pending.isEmpty { try refill() }
    let count = min(buffer.count, pending.count)
    pending.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    pending = pending.dropFirst(count)
    offset += count
    return count
  }

  /// The next bytes without taking them; fewer than `count` only at the end.
  package func peek(_ count: Int) throws(InputError) -> ArraySlice<UInt8> {
    while pending.count < count {
      let before = pending
      try refill()
      if pending.isEmpty {
        pending = before
        break
      }
      if !before.isEmpty { pending = ArraySlice(before + pending) }
    }
    return pending.prefix(count)
  }

  /// Passes over the rest, which the observer still receives.
  package func drain() throws(InputError) {
    repeat {
      offset += pending.count
      try refill()
    } while !pending.isEmpty
  }

  /// Replaces `pending` by the next piece of the file.
  private func refill() throws(InputError) {
    var code: Int32 = 0
    let piece = [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, initialized in
      var got = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
      while got < 0, errno == EINTR { got = Foundation.read(descriptor, buffer.baseAddress, buffer.count) }
      if got < 0 { code = errno }
      initialized = max(got, 0)
    }
    if code != 0 {
      throw InputError("cannot be read: \(String(cString: strerror(code)))", in: name, status: .missing)
    }
    pending = piece[...]
    if !piece.isEmpty { observer?(piece) }
  }
}

/// How much a compressed file may unfold to, so that a small file cannot fill the memory.
///
/// No entry, step or line may inflate to more than 32 MiB or 100 times the stored file, whichever is larger.
package func inflateLimit(compressed bytes: Int) -> Int {
  let (product, overflow) = bytes.multipliedReportingOverflow(by: 100)
  return overflow ? .max : max(32 << 20, product)
}

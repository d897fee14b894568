import Diagnostics
import Foundation

/// One way into the program for bytes that somebody else made.
struct FuzzedReader: Sendable {
  let name: String
  /// What its files are packed in, so that what is inside can be changed and packed again; nil for plain bytes.
  let container: (any MutatedContainer)?
  /// Reads the bytes to their end. It may throw an `InputError` of one line, and do nothing else that is wrong.
  let read: @Sendable ([UInt8]) throws -> Void

  init(
    _ name: String, in container: (any MutatedContainer)? = nil, _ read: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.container = container
    self.read = read
  }

  /// Every reader there is.
  static let all = containerReaders + traceReaders + importReaders + settingsReaders + tableReaders + resultReaders

  /// The one that the environment names; nil for none.
  static let named = all.first { $0.name == ProcessInfo.processInfo.environment["FUZZED_READER"] }

  /// Traps where the reader does what no reader may.
  func run(_ bytes: [UInt8]) {
    do {
      try read(bytes)
    } catch let error as InputError {
      precondition(!error.message.isEmpty, "says nothing")
    } catch {
      fatalError("\(type(of: error)) in place of an InputError: \(error)")
    }
  }
}

/// One of several cases for the same bytes, so that whatever fails can be run again.
func choice<Element>(_ cases: [Element], for bytes: [UInt8], salt: Int = 1) -> Element {
  let sum = bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFF_FFFF }
  return cases[sum / salt % cases.count]
}

/// Bytes as a reader of text is given them; others are refused before it sees them.
func text(_ bytes: [UInt8]) throws(InputError) -> String {
  guard let text = String(validating: bytes, as: UTF8.self) else { throw InputError("not UTF-8 text") }
  return text
}

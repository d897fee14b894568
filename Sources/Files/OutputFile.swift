import Diagnostics
import Foundation

/// Where a result goes: standard output for `-`, a regular file, or whatever else a path names.
///
/// A regular file appears under its name when it is complete: bytes go to a temporary neighbour that `commit()` renames;
/// without `commit()` nothing remains. It keeps the mode, and where permitted the owner, of the file that it replaces.
/// Symbolic links are followed, so that the link stays and what it names is replaced. Devices, FIFOs and descriptors such
/// as `/dev/stdout` are written in place.
public final class OutputFile {
  /// What messages call it.
  private let name: String
  private let destination: Destination

  private enum Destination {
    case replacing(ReplacedFile)
    case inPlace(OpenDescriptor)
  }

  /// - Throws: `InputError` (output) when the path cannot be written.
  public init(path: String) throws(InputError) {
    name = path == "-" ? "standard output" : path.isEmpty ? "''" : path
    do throws(SystemError) {
      destination = try Self.open(path)
    } catch { throw Self.failure(error, name) }
  }

  private static func open(_ path: String) throws(SystemError) -> Destination {
    if path == "-" { return .inPlace(OpenDescriptor(borrowing: STDOUT_FILENO)) }
    switch try OutputTarget(following: path) {
    case .descriptor(let number): return .inPlace(try OpenDescriptor(duplicating: number))
    case .special(let path): return .inPlace(try OpenDescriptor(opening: path, O_WRONLY | O_NOCTTY))
    case .regular(let path, let status): return .replacing(try ReplacedFile(path: path, status: status))
    }
  }

  public func write(_ bytes: some ContiguousBytes) throws(InputError) {
    do throws(SystemError) {
      switch destination {
      case .replacing(let file): try file.descriptor.write(bytes)
      case .inPlace(let descriptor): try descriptor.write(bytes)
      }
    } catch { throw Self.failure(error, name) }
  }

  public func write(_ text: String) throws(InputError) { try write(Array(text.utf8)) }

  /// Gives the file its name; the bytes written so far are the whole content.
  public func commit() throws(InputError) {
    do throws(SystemError) {
      switch destination {
      case .replacing(let file): try file.commit()
      case .inPlace(let descriptor): try descriptor.close()
      }
    } catch { throw Self.failure(error, name) }
  }

  /// Writes the whole of a result.
  public static func write(_ text: String, to path: String) throws(InputError) {
    let file = try OutputFile(path: path)
    try file.write(text)
    try file.commit()
  }

  static func failure(_ error: SystemError, _ name: String) -> InputError {
    let folder = error.code == ENOENT ? MissingPath.missingFolder(of: name) : nil
    let reason = folder.map { "there is no folder '\($0)'" } ?? error.description
    return InputError("cannot write: \(reason)", in: name, status: .output)
  }
}

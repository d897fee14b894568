import Diagnostics

/// A regular file that a library writes by its path: it is given a temporary neighbour's, which takes the file's own name
/// when it is complete.
///
/// Without `commit()` nothing remains, and an earlier file stays as it was. Mode, owner and links are kept as by
/// `OutputFile`.
package final class OutputPath {
  /// Where to write: an empty file in the same folder.
  package var temporaryPath: String { file.temporaryPath }
  /// Whether there is a file that this one will replace.
  package let replacesFile: Bool
  private let name: String
  private let file: ReplacedFile

  /// - Throws: `InputError` (output) when the path cannot be written, or is a device, a pipe or a descriptor.
  package init(_ path: String) throws(InputError) {
    name = path.isEmpty ? "''" : path
    do throws(SystemError) {
      guard case .regular(let path, let status) = try OutputTarget(following: path) else {
        throw SystemError(notRegular)
      }
      replacesFile = status != nil
      file = try ReplacedFile(path: path, status: status)
    } catch {
      guard error.code != notRegular else {
        throw InputError("cannot write: not a regular file", in: name, status: .output)
      }
      throw OutputFile.failure(error, name)
    }
  }

  /// Gives the file its name. Whoever wrote it has closed it.
  package func commit() throws(InputError) {
    do throws(SystemError) { try file.commit() } catch { throw OutputFile.failure(error, name) }
  }
}

/// No system call's code.
private let notRegular: Int32 = -1

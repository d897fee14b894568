import Diagnostics
import Foundation

/// What is said of a path that names nothing.
enum MissingPath {
  /// Entries of a folder that are looked at.
  private static let mostEntries = 10_000

  /// `no such file; did you mean 'traces/decode-256.moetrace'?`
  static func error(_ path: String) -> InputError {
    if let folder = missingFolder(of: path) {
      return InputError("no such file: there is no folder '\(folder)'", in: path, status: .missing)
    }
    let meant = meant(by: path).map { "; did you mean '\($0)'?" } ?? ""
    return InputError("no such file\(meant)", in: path, status: .missing)
  }

  /// The folder of a path, without its slash, if it is none.
  static func missingFolder(of path: String) -> String? {
    let folder = OutputTarget.folder(of: path)
    var status = stat()
    let isThere = folder.isEmpty || stat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    return isThere ? nil : String(folder.dropLast())
  }

  /// The only file of that name with an extension, else the closest name in the folder.
  private static func meant(by path: String) -> String? {
    let folder = OutputTarget.folder(of: path)
    let name = String(path.dropFirst(folder.count))
    guard !name.isEmpty,
      let entries = try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder),
      entries.count <= mostEntries
    else { return nil }
    let extended = entries.filter { $0.hasPrefix("\(name).") }
    let found = extended.count == 1 ? extended[0] : closestName(to: name, in: entries.sorted())
    return found.map { folder + $0 }
  }
}

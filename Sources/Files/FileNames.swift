import Diagnostics
import Foundation

/// The paths that a shell's pattern stands for, sorted; a path without `*`, `?` or `[` stands for itself.
///
/// - Throws: `InputError` (missing) for a pattern that no file has the name of.
package func paths(matching pattern: String) throws(InputError) -> [String] {
  guard pattern.contains(where: { "*?[".contains($0) }) else { return [pattern] }
  var found = glob_t()
  defer { globfree(&found) }
  guard glob(pattern, 0, nil, &found) == 0 else {
    throw InputError("no such files", in: pattern, status: .missing)
  }
  return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
}

/// Whether a name is one that a shell's pattern stands for; `*` passes over slashes, too.
package func isMatch(_ name: String, of pattern: String) -> Bool { fnmatch(pattern, name, 0) == 0 }

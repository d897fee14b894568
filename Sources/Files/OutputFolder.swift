import Diagnostics
import Foundation

/// Makes a folder and those above it, if they are not there.
///
/// - Throws: `InputError` (output) when that cannot be.
package func makeFolder(_ path: String) throws(InputError) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    let reason = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.localizedDescription
    throw InputError("cannot make the folder: \(reason ?? "not a folder")", in: path, status: .output)
  }
}

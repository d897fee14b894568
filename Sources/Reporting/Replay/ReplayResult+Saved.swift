import Diagnostics
import Replay

extension ReplayResult {
  /// What `replay --format json` printed: one result, or a list of them.
  ///
  /// - Parameters:
  ///   - text: of the file.
  ///   - name: of the file, for messages.
  /// - Throws: `InputError` (data) that says what is missing, of another type, or does not fit the rest.
  public static func saved(in text: String, name: String) throws(InputError) -> [ReplayResult] {
    let results = try SavedJSON.list(of: ReplayResult.self, in: text, name: name, command: "replay")
    for result in results {
      if let mistake = ResultShape(result).mistake { throw InputError(mistake, in: name) }
    }
    return results
  }
}

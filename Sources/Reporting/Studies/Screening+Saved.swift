import Diagnostics
import Replay
import Studies

extension Screening {
  /// What `screen --format json` printed: one screening, or a list of them.
  ///
  /// - Parameters:
  ///   - text: of the file.
  ///   - name: of the file, for messages.
  /// - Throws: `InputError` (data) that says what is missing or of another type.
  public static func saved(in text: String, name: String) throws(InputError) -> [Screening] {
    try SavedJSON.list(of: Screening.self, in: text, name: name, command: "screen")
  }
}

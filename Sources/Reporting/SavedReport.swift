import Diagnostics
import Replay
import Studies

/// What `report` makes a page of: results that one command saved.
public enum SavedReport {
  /// A file that was read.
  public struct File: Sendable {
    public var name: String
    public var text: String

    public init(name: String, text: String) {
      self.name = name
      self.text = text
    }
  }

  /// What only a screening has.
  private struct Mark: Decodable {
    var finding: String
  }

  /// - Parameter files: one or more, all of `replay` or all of `screen`.
  /// - Throws: `InputError` (data) for a file that is neither, that does not fit itself, or is of another command than the
  ///   first.
  public static func read(_ files: [File]) throws(InputError) -> any Report {
    precondition(!files.isEmpty)
    let areScreenings = files.map(isScreening)
    if let odd = areScreenings.firstIndex(where: { $0 != areScreenings[0] }) {
      let commands = [true: "screen", false: "replay"]
      throw InputError(
        "of \(commands[areScreenings[odd]] ?? ""), but \(files[0].name) is of \(commands[areScreenings[0]] ?? ""); "
          + "make a page of each", in: files[odd].name)
    }
    if areScreenings[0] {
      var screenings: [Screening] = []
      for file in files { screenings += try Screening.saved(in: file.text, name: file.name) }
      return ScreensReport(screenings)
    }
    var results: [ReplayResult] = []
    for file in files { results += try ReplayResult.saved(in: file.text, name: file.name) }
    return ReplayReport(results)
  }

  private static func isScreening(_ file: File) -> Bool {
    (try? SavedJSON.list(of: Mark.self, in: file.text, name: file.name, command: "screen")) != nil
  }
}

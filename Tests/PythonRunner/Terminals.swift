import Foundation

/// Commands run side by side, each on a terminal of its own or on pipes.
package struct Terminals {
  package struct Command: Encodable {
    /// The program first.
    var arguments: [String]
    var folder: String
    /// Of the terminal; 0 for pipes.
    var columns: Int
    /// Whether standard output is a pipe even so.
    var splits: Bool
    /// Besides this process's, and `TERM=xterm`.
    var environment: [String: String]

    package init(
      _ arguments: [String], in folder: URL, columns: Int, splits: Bool = false, environment: [String: String] = [:]
    ) {
      self.arguments = arguments
      self.folder = folder.path
      self.columns = columns
      self.splits = splits
      self.environment = environment
    }
  }

  package struct Outcome: Decodable {
    package var status: Int32
    /// What the terminal got, with `\n` for its line ends.
    package var shown: String
    /// What pipes got.
    package var output: String
    package var errors: String
  }

  private struct Request: Encodable {
    var commands: [Command]
    var input: [Data]
    var until: String
  }

  /// - Parameters:
  ///   - input: of all commands; the second part is fed when the first command's terminal has shown `until`.
  ///   - until: empty for at once.
  package static func run(
    _ commands: [Command], input: (Data, Data) = (Data(), Data()), until: String = ""
  ) throws -> [Outcome] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("terminals-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let request = folder.appendingPathComponent("request")
    try JSONEncoder().encode(Request(commands: commands, input: [input.0, input.1], until: until)).write(to: request)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("terminals.py")
    let (_, output) = try Python.run(
      ["-c", "import sys; sys.stdin = open(sys.argv[2]); exec(open(sys.argv[1]).read())", script.path, request.path])
    return try JSONDecoder().decode([Outcome].self, from: Data(output.utf8)).map { outcome in
      var outcome = outcome
      outcome.shown = outcome.shown.replacing("\r\n", with: "\n")
      return outcome
    }
  }
}

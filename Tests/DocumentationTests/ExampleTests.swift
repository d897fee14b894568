import CommandRunner
import Foundation
import Testing

/// The programs in `Examples/` print what their README shows.
@Suite struct ExampleTests {
  struct Transcript: Sendable, CustomTestStringConvertible {
    var command: String
    var output: String

    var testDescription: String { command }
    /// The example that the command runs.
    var example: String? { command.firstMatch(of: #/swift run (\w+)/#).map { String($0.1) } }
  }

  static var transcripts: [Transcript] {
    get throws {
      var transcripts: [Transcript] = []
      for line in try Document("Examples/README.md").lines {
        if line.hasPrefix("    $ ") {
          transcripts.append(Transcript(command: String(line.dropFirst("    $ ".count)), output: ""))
        } else if line.hasPrefix("    "), !transcripts.isEmpty {
          transcripts[transcripts.count - 1].output += line.dropFirst(4) + "\n"
        }
      }
      return transcripts
    }
  }

  /// Programs lie beside the command, so that nothing is built anew.
  @Test(arguments: try transcripts) func `an example prints what its document shows`(transcript: Transcript) throws {
    let script = transcript.command.replacingOccurrences(of: "swift run ", with: "$(dirname $TOOL)/")
      .replacingOccurrences(of: "expert-replay ", with: "$TOOL ")
    let outcome = try Tool.shell(script)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == transcript.output)
  }

  @Test func `every example is shown`() throws {
    let folders = try Document.paths(ending: "main.swift", in: "Examples").map { $0.split(separator: "/")[1] }
    let shown = try Self.transcripts.compactMap(\.example)
    #expect(folders.count >= 3)
    #expect(folders.map(String.init).sorted() == shown.sorted())
  }

  @Test func `a trace is replayed in at most ten lines`() throws {
    #expect(try Document.lines(of: "Examples/ReplayATrace/main.swift").filter { !$0.isEmpty }.count <= 10)
  }
}

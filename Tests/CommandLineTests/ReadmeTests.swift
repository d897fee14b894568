import CommandRunner
import Foundation
import Testing

/// The README shows what the command really prints.
@Suite struct ReadmeTests {
  @Test func everyTranscriptInTheReadmeIsWhatTheCommandPrints() throws {
    let readme = try String(contentsOf: Tool.root.appendingPathComponent("README.md"), encoding: .utf8)
    let lines = readme.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix("    $ expert-replay ") })
    let block = lines[start...].prefix { $0.isEmpty || $0.hasPrefix("    ") }
    let command = try #require(block.first).dropFirst("    $ expert-replay ".count)
    let shown = block.dropFirst().map { String($0.dropFirst(4)) }.joined(separator: "\n")
    let outcome = try Tool.run(command.split(separator: " ").map(String.init))
    #expect(shown.trimmingCharacters(in: .newlines) == outcome.output.trimmingCharacters(in: .newlines))
  }
}

import CommandRunner
import Foundation
import PythonRunner
import Testing

/// Every command in a document is run: by a test that compares what it prints, or here.
@Suite struct DocumentedCommandTests {
  /// What keeps a block from being run, as `<!-- not run: … -->` above it says.
  static let reasons = [
    "needs GPUs", "needs an engine", "needs a recording", "takes minutes", "changes the repository",
  ]
  /// Documents whose transcripts are compared, word by word, and the notebook's guide, whose commands are its first cell.
  static let transcripts = ["Examples/README.md", "docs/moe-comms.md", "docs/notebook.md", "docs/shards.md"]
  /// What was, not what is.
  static let history = ["CHANGELOG.md"]

  static var documents: [Document] { get throws { try Document.all.filter { !history.contains($0.path) } } }

  /// Blocks that nothing else runs and that are not marked.
  static func blocks(in document: Document) throws -> [CommandBlock] {
    guard !transcripts.contains(document.path) else { return [] }
    let measured = try MeasuredBlocks.lines(in: document.path)
    return CommandBlock.all(in: document).filter { $0.reason == nil && !measured.contains($0.line) }
  }

  static var runnable: [String] {
    get throws {
      let hasPython = Python.has("pass")
      return try documents.filter { document in
        let blocks = try blocks(in: document)
        guard !blocks.isEmpty || !document.inlineCommands.isEmpty else { return false }
        return hasPython || !blocks.contains { $0.lines.contains { $0.contains("python3 ") } }
      }.map(\.path)
    }
  }

  @Test(arguments: try runnable) func `what a document tells to type works as it stands`(path: String) throws {
    let document = try Document(path)
    let scratch = try Scratch()
    try StandIns.make(in: scratch.folder, for: document)
    let shown = try Self.blocks(in: document).flatMap { block in block.commands.map { (line: block.line, command: $0) }
    }
    for (line, command) in shown + document.inlineCommands where !command.hasPrefix("make ") {
      // A subcommand's name alone is no command.
      let words = command.split(separator: " ")
      guard words.count > 2 || words.last == "--version" else {
        #expect(HelpPage.subcommands.contains(String(words[words.count - 1])), "\(path):\(line): \(command)")
        continue
      }
      let script = "set -e -o pipefail; expert-replay() { \"$TOOL\" \"$@\"; }\n" + StandIns.filled(command)
      let outcome = try Tool.shell(script, in: scratch.folder)
      #expect(outcome.status == 0, "\(path):\(line): \(command): \(outcome.errors)")
    }
  }

  @Test func `what a command prints is shown where it is compared`() throws {
    for block in try Self.documents.flatMap({ try Self.blocks(in: $0) }) {
      #expect(block.printed == 0, "\(block.testDescription)")
    }
  }

  @Test func `a block that is not run says why`() throws {
    let marked = try Self.documents.flatMap { CommandBlock.all(in: $0) }.filter { $0.reason != nil }
    #expect(!marked.isEmpty)
    for block in marked { #expect(Self.reasons.contains(block.reason ?? ""), "\(block.testDescription)") }
  }

  @Test func `what make is told to make can be made`() throws {
    let targets = Set(
      try Document.lines(of: "Makefile").compactMap { $0.firstMatch(of: #/^([a-z-]+):/#).map { String($0.1) } })
    var count = 0
    for document in try Self.documents {
      let told =
        CommandBlock.all(in: document).flatMap(\.commands)
        + document.lines
        .flatMap { $0.matches(of: #/`(make [a-z]+)/#).map { String($0.1) } }
      for target in told.compactMap({ $0.firstMatch(of: #/^make ([a-z]+)/#).map { String($0.1) } }) {
        count += 1
        #expect(targets.contains(target), "\(document.path): make \(target)")
      }
    }
    #expect(count > 10)
  }
}

import CommandRunner
import Foundation
import PythonRunner
import Testing

/// How far a command is, on a terminal alone. What is read comes through a pipe of which the rest is held back until the
/// line shows, so that no clock decides.
@Suite(.enabled(if: Python.has("import pty"))) struct ProgressTests {
  private static var shown: Regex<(Substring, Substring)> { #/\r([^\r\n\u{1B}]+)\u{1B}\[K/# }
  private static let wiped = "\r\u{1B}[K"

  private static func text(steps: Range<Int>) -> Data {
    let head = #"{"format":"moe-routing-trace","version":1,"layers":1,"experts":8,"topK":2,"content":"tokens"}"# + "\n"
    let rows = steps.map { #"{"step":\#($0),"layer":0,"experts":[[0,3],[1,\#(4 + $0 % 4)],[2,7]]}"# + "\n" }
    return Data(((steps.lowerBound == 0 ? head : "") + rows.joined()).utf8)
  }

  private func run(
    _ commands: [Terminals.Command], rest: Data = text(steps: 3000..<3100), until: String = "\u{1B}[K"
  ) throws -> [Terminals.Outcome] {
    // More than a reader takes at a time, so that the first steps are out before it waits for the rest.
    try Terminals.run(commands, input: (Self.text(steps: 0..<3000), rest), until: until)
  }

  private func command(
    _ arguments: String, columns: Int = 80, splits: Bool = false, environment: [String: String] = [:]
  ) -> Terminals.Command {
    Terminals.Command(
      [Tool.executable.path] + arguments.split(separator: " ").map(String.init), in: Tool.root, columns: columns,
      splits: splits, environment: environment)
  }

  @Test func `it shows, fits the window, and is wiped before the result`() throws {
    for columns in [80, 30, 12] {
      let outcome = try run([command("inspect -", columns: columns)])[0]
      let lines = outcome.shown.matches(of: Self.shown).map { String($0.1) }
      #expect(outcome.status == 0 && !lines.isEmpty, "\(outcome)")
      #expect(lines.allSatisfy { $0.count < columns && $0.hasPrefix("reading") }, "\(lines)")
      if columns == 80 { #expect(lines.allSatisfy { $0.contains("steps/s") && !$0.contains("%") }, "\(lines)") }
      let parts = outcome.shown.components(separatedBy: Self.wiped)
      #expect(parts.count >= 2 && parts.last?.contains("moe-routing") == false, "\(outcome.shown)")
      #expect(parts.last?.contains("\r") == false && parts.last?.contains("carries") == true, "\(outcome.shown)")
    }
  }

  @Test func `an error line stands on a line of its own`() throws {
    let broken = Data(#"{"step":3000,"layer":0,"experts":[[1,8]]}"#.utf8)
    let outcome = try run([command("inspect -")], rest: broken)[0]
    #expect(outcome.status == 65)
    #expect(outcome.shown.components(separatedBy: Self.wiped).last?.hasPrefix("expert-replay: ") == true)
  }

  @Test func `pipes, --quiet and terminals that rewrite no line get no byte of it`() throws {
    let outcomes = try run([
      command("inspect -"), command("inspect -", columns: 0), command("inspect - -q"),
      command("inspect -", environment: ["TERM": "dumb"]),
    ])
    #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes)")
    #expect(outcomes[1].errors.isEmpty && !outcomes[1].output.contains("\r"))
    for quiet in outcomes[2...3] { #expect(!quiet.shown.contains("\r") && quiet.shown.contains("carries")) }
    // Standard output in a pipe is the same as ever, whatever standard error shows.
    let split = try run([command("inspect -", splits: true)])[0]
    #expect(split.status == 0 && split.output == outcomes[1].output && split.shown.contains("reading: "))
    #expect(split.shown.hasSuffix(Self.wiped))
  }

  @Test func `every command that reads counts`() throws {
    let scratch = try Scratch()
    let model = try scratch.file(
      "m.yaml",
      "name: m\nlayers: 1\nexperts: 8\ntopK: 2\nhidden: 1024\nexpertIntermediate: 512\nweights: bf16\n"
        + "dispatch: {dtype: bf16}\ncombine: {dtype: bf16}\n")
    let machine = "--model \(model) --ranks 8"
    for (arguments, name) in [
      ("replay - --policy eplb \(machine)", "replaying"), ("sweep - --points 2 \(machine)", "sweeping"),
      ("fit - -o \(scratch.folder.path)/w.yaml", "reading"), ("convert - --from trace -o -", "writing"),
      ("plan - --policy greedy --ranks 8 --to json -o -", "reading"),
    ] {
      let outcome = try run([command(arguments, splits: true)], until: "\(name): ")[0]
      #expect(outcome.status == 0, "\(arguments): \(outcome.shown)")
      let lines = outcome.shown.matches(of: Self.shown).map { String($0.1) }
      #expect(lines.contains { $0.hasPrefix("\(name): ") }, "\(arguments): \(lines)")
    }
  }
}

import CommandRunner
import Foundation
import TestTraces
import Testing

/// What help pages show can be typed as it stands.
@Suite struct HelpExampleTests {
  /// The words of every subcommand, and of those that it has itself.
  static let subcommands: [[String]] = below([])

  private static func below(_ words: [String]) -> [[String]] {
    let help = (try? Tool.run(words + ["--help"]).output) ?? ""
    let list = help.split(separator: "\n").drop { $0 != "SUBCOMMANDS:" }.dropFirst()
    return list.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.hasPrefix("  See '") }
      .compactMap { $0.split(separator: " ").first.map { words + [String($0)] } }.flatMap { [$0] + below($0) }
  }

  @Test func `there are subcommands, and some have their own`() {
    #expect(Self.subcommands.count > 20 && Self.subcommands.contains(["study", "plan"]))
  }

  @Test(arguments: subcommands) func `every subcommand has examples, which run`(subcommand: [String]) throws {
    let help = try Tool.run(subcommand + ["--help"]).output
    let lines = help.split(separator: "\n").drop { $0 != "Examples:" }.dropFirst()
    let commands = lines.prefix { $0.hasPrefix("  expert-replay ") }
    #expect(!commands.isEmpty)
    #expect(lines.dropFirst(commands.count).first?.hasPrefix("USAGE:") == true, "a command is folded")
    let scratch = try Scratch()
    let script = "set -e; ln -s \"$ROOT/traces\" .; expert-replay() { \"$TOOL\" \"$@\"; }\n"
    let outcome = try Tool.shell(script + commands.joined(separator: "\n"), in: scratch.folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }
}

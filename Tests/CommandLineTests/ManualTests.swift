import CommandRunner
import Foundation
import Testing

/// The page for man says what help says, in words that troff understands.
@Suite struct ManualTests {
  private static let page = Result { try Tool.run("manual").output }

  @Test func `every command and option is on it, as are its examples`() throws {
    let page = try Self.page.get().replacing("\\-", with: "-")
    #expect(HelpExampleTests.subcommands.count > 10)
    for words in HelpExampleTests.subcommands {
      let command = words.joined(separator: " ")
      let start = try #require(page.range(of: ".SS \(command)\n"))
      let section = page[start.upperBound...].prefix { _ in true }
      let end = section.range(of: "\n.S")?.lowerBound ?? section.endIndex
      let help = try Tool.run(words + ["--help"]).output
      let text = section[..<end]
      for line in help.split(separator: "\n") where line.hasPrefix("  -") || line.hasPrefix("  expert-replay ") {
        let words = line.split(separator: " ")
        if words[0] == "expert-replay" {
          #expect(text.contains(line.trimmingCharacters(in: .whitespaces)), "\(command): \(line)")
        } else if !["-h,", "--version"].contains(words[0]) {
          let option = words.last { $0.hasPrefix("-") && !$0.hasPrefix("- ") } ?? words[0]
          #expect(text.contains("\\fB\(words[0].replacing(",", with: ""))\\fR"), "\(command): \(option)")
        }
      }
    }
  }

  @Test func `it has the exit statuses and variables that the documents have`() throws {
    let page = try Self.page.get()
    let outputs = try String(contentsOf: Tool.root.appendingPathComponent("docs/outputs.md"), encoding: .utf8)
    let start = try #require(outputs.range(of: "**Exit statuses.**"))
    let paragraph = outputs[start.upperBound...].prefix { $0 != "*" }
    let statuses = paragraph.split { !$0.isNumber }.map(String.init)
    #expect(statuses == ["0", "64", "65", "66", "73"])
    for status in statuses { #expect(page.contains("\n.TP\n\\fB\(status)\\fR\n")) }
    for variable in ["EXPERT_REPLAY_HOME", "NO_COLOR"] { #expect(page.contains("\\fB\(variable)\\fR")) }
  }

  @Test func `no line means something else to troff, and none depends on the machine`() throws {
    let page = try Self.page.get()
    let requests = Set(
      page.split(separator: "\n").filter { $0.hasPrefix(".") || $0.hasPrefix("'") }.map { $0.prefix(3) })
    #expect(requests == [".TH", ".SH", ".SS", ".PP", ".TP", ".nf", ".fi", ".B ", ".I "])
    let threads = try #require(page.range(of: "\\fB\\-\\-threads\\fR \\fIthreads\\fR\n"))
    let line = page[threads.upperBound...].prefix { $0 != "\n" }
    #expect(line.hasSuffix("(default: as many as there are processors)"))
  }

  @Test(.enabled(if: (try? Tool.shell("command -v groff"))?.status == 0))
  func `groff has nothing to complain of`() throws {
    let outcome = try Tool.shell("\"$TOOL\" manual | groff -man -ww -Tutf8 -P-cbou")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.output.contains("EXIT STATUS"))
  }
}

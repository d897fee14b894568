import CommandRunner
import Foundation
import Testing

/// Names come from files that others wrote: they may hold what acts on a terminal, on YAML or on a spreadsheet.
@Suite struct HostileNameTests {
  /// Colours, a bell, a window title, a line break and a turn of the direction of writing.
  static let name = #"=x \u001b[31mred\u001b]0;title\u0007\nseed: 99\u202etxt"#
  static let shown = #"=x \u{1B}[31mred\u{1B}]0;title\u{7}\u{A}seed: 99\u{202E}txt"#

  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    let head = #"{"format":"moe-routing-trace","version":1,"layers":1,"experts":8,"topK":2,"content":"tokens","#
    let rows = (0..<8).map { #"{"step":\#($0),"layer":0,"experts":[[0,3],[1,\#(4 + $0 % 4)],[2,7]]}"# }
    _ = try scratch.file(
      "trace.jsonl", ([head + #""name":"\#(Self.name)"}"#] + rows).joined(separator: "\n") + "\n")
    let policy = try String(contentsOf: Tool.root.appendingPathComponent("policies/eplb.yaml"), encoding: .utf8)
    _ = try scratch.file("policy.yaml", policy.replacing("name: eplb", with: "name: \"\(Self.yamlName)\""))
    return scratch
  }

  /// The same text in YAML's double quotes.
  private static let yamlName = name.replacing(#"\u001b"#, with: #"\e"#).replacing(#"\u0007"#, with: #"\a"#)

  private func isPlain(_ text: String) -> Bool {
    !text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E }
  }

  private static let replay = ["replay", "trace.jsonl", "--model", "mixtral-8x7b", "--ranks", "4"]

  @Test func tablesAndMessagesShowThemWrittenOut() throws {
    let scratch = try folder()
    for arguments in [
      Self.replay + ["--policy", "policy.yaml"], ["inspect", "trace.jsonl"],
      ["sweep", "trace.jsonl", "--model", "mixtral-8x7b", "--ranks", "4", "--points", "2", "--policy", "policy.yaml"],
    ] {
      let outcome = try Tool.shell(
        "\"$TOOL\" \(arguments.joined(separator: " "))", in: scratch.folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains(Self.shown), "\(outcome.output)")
      #expect(isPlain(outcome.output) && isPlain(outcome.errors), "\(outcome.output) \(outcome.errors)")
    }
    let missing = try Tool.run("replay", "trace.jsonl\u{1B}[2J", in: scratch.folder)
    #expect(missing.status == 66)
    #expect(missing.errors.contains(#"trace.jsonl\u{1B}[2J"#) && isPlain(missing.errors), "\(missing.errors)")
  }

  @Test func jsonHoldsThemAsTheyAre() throws {
    let scratch = try folder()
    let outcome = try Tool.shell("\"$TOOL\" inspect trace.jsonl --format json", in: scratch.folder)
    struct Content: Decodable {
      struct Trace: Decodable { var name: String }
      var trace: Trace
    }
    let content = try JSONDecoder().decode(Content.self, from: Data(outcome.output.utf8))
    #expect(content.trace.name == "=x \u{1B}[31mred\u{1B}]0;title\u{7}\nseed: 99\u{202E}txt")
  }

  @Test func aSpreadsheetTakesThemForText() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      "\"$TOOL\" \(Self.replay.joined(separator: " ")) --policy policy.yaml --format csv", in: scratch.folder)
    let rows = outcome.output.split(separator: "\n")
    #expect(rows.count == 3, "\(outcome.output)")
    #expect(rows.last?.hasPrefix("'" + Self.shown) == true, "\(outcome.output)")
    // Numbers stay numbers, also those below 0.
    #expect(!outcome.output.contains("'-"))
  }

  @Test func aFitReadsBackUnderThem() throws {
    let scratch = try folder()
    let outcome = try Tool.shell(
      "\"$TOOL\" fit trace.jsonl -o fitted.yaml && \"$TOOL\" generate fitted.yaml -o again.jsonl && head -1 again.jsonl",
      in: scratch.folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains(#"seed: 99"#) && outcome.output.contains("--seed 0"), "\(outcome.output)")
  }
}

import CommandRunner
import Foundation
import Testing

/// Pipes in the place of files.
@Suite struct PipedInputTests {
  @Test func smallFilesMayBePipes() throws {
    let scratch = try Scratch()
    _ = try scratch.file("matrix.csv", "0,2\n3,0\n")
    let outcome = try Tool.shell(
      """
      "$TOOL" comm matrix.csv --cluster h100-ib > plain
      "$TOOL" comm <(cat matrix.csv) --cluster <(cat "$ROOT/clusters/h100-ib.yaml") | cmp - plain && echo same
      """, in: scratch.folder)
    #expect(outcome.output == "same\n", "\(outcome.errors)")
  }

  @Test(arguments: [
    ("advise INPUT --cluster h100-ib", "advise reads a trace several times"),
    ("sweep INPUT --cluster h100-ib --model moe-comms --policy oracle --points 2", "oracle"),
    ("convert INPUT -o out.jsonl", "--from"),
    ("plan INPUT --policy affinity --ranks 4 --to json -o out.json", "reads the recording twice"),
    ("replay INPUT --cluster moe-comms --policy oracle", "oracle"),
  ])
  func whatIsReadTwiceIsRefusedFromAPipe(command: String, expected: String) throws {
    let scratch = try Scratch()
    for input in ["-", "<(cat \"$ROOT/traces/hot-cold.moetrace\")"] {
      let outcome = try Tool.shell(
        "\"$TOOL\" \(command.replacing("INPUT", with: input)) < \"$ROOT/traces/hot-cold.moetrace\"", in: scratch.folder)
      #expect(outcome.status == 64, "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains(expected), "\(outcome.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).isEmpty)
  }

  @Test(arguments: [
    "sweep INPUT --cluster h100-ib --ranks 16 --model moe-comms --points 2",
    "inspect INPUT --against \"$ROOT/traces/hot-cold.moetrace\" --cluster moe-comms",
    "inspect \"$ROOT/traces/hot-cold.moetrace\" --against INPUT --cluster moe-comms",
  ])
  func whatIsReadOnceMayBeAPipe(command: String) throws {
    let file = try Tool.shell("\"$TOOL\" \(command.replacing("INPUT", with: "\"$ROOT/traces/hot-cold.moetrace\""))")
    let piped = try Tool.shell(
      "\"$TOOL\" \(command.replacing("INPUT", with: "-")) < \"$ROOT/traces/hot-cold.moetrace\"")
    #expect(file.status == 0 && piped.status == 0, "\(piped.errors)")
    #expect(piped.output == file.output)
  }

  @Test func aReplayWithoutYardsticksReadsAPipe() throws {
    let outcome = try Tool.shell(
      "\"$TOOL\" replay <(cat \"$ROOT/traces/hot-cold.moetrace\") --cluster moe-comms --format json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.output.contains("\"oracle\""))
    #expect(outcome.output.contains("\"eplb\""))
  }
}

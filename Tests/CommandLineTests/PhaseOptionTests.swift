import CommandRunner
import Foundation
import Testing

/// `--phase` is a filter of steps, the same for every command that has it.
@Suite struct PhaseOptionTests {
  /// A recording of 32 steps that are prefill, decode, mixed and of no phase in turn, and some of them as files.
  struct Turns {
    let scratch: Scratch
    let whole: String
    let decode: String
    let others: String

    init() throws {
      let scratch = try Scratch()
      let path = scratch.folder.appendingPathComponent("all.jsonl").path
      #expect(try Tool.run("convert", "traces/hot-cold.moetrace", "-o", path).status == 0)
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      let phases = [#","phase":"prefill""#, #","phase":"decode""#, #","phase":"mixed""#, ""]
      let header = lines[0].replacing(phases[0], with: "")
      let steps = lines.dropFirst().enumerated().map { $1.replacing(phases[0], with: phases[$0 % 4]) }
      func file(_ name: String, _ turns: Set<Int>) throws -> String {
        let chosen = steps.indices.filter { turns.contains($0 % 4) }.map { steps[$0] }
        return try scratch.file("\(name).jsonl", ([header] + chosen).joined(separator: "\n") + "\n")
      }
      self.scratch = scratch
      whole = try file("whole", [0, 1, 2, 3])
      decode = try file("decode", [1])
      others = try file("others", [2, 3])
    }
  }

  static let machine = ["--cluster", "h100-ib", "--ranks", "8", "--model", "moe-comms"]
  static let note =
    "Phase decode of trace 'hot-cold': 8 of 32 steps; left out: 8 prefill, 8 mixed, 8 of no known phase."

  /// What a command finds, without its notes and the digest of the file.
  private static func found(_ arguments: [String], note: String? = nil) throws -> NSDictionary {
    var result = try InspectCommandTests.json(arguments)
    let notes = try #require(result.removeValue(forKey: "notes") as? [String])
    if let note { #expect(notes.contains(note), "\(notes)") }
    if var trace = result["trace"] as? [String: Any] {
      trace["sha256"] = nil
      trace["phase"] = nil
      result["trace"] = trace
    }
    return result as NSDictionary
  }

  @Test func `loads of both phases and of the other steps add up to all`() throws {
    let turns = try Turns()
    func load(_ arguments: String...) throws -> [Int] {
      let result = try InspectCommandTests.json(["inspect"] + arguments)
      return try #require((result["perLayer"] as? [[String: Any]])?[0]["load"] as? [Int])
    }
    let parts = try [
      load(turns.whole, "--phase", "prefill"), load(turns.whole, "--phase", "decode"), load(turns.others),
    ]
    let all = try load(turns.whole)
    #expect(all.indices.map { expert in parts.reduce(0) { $0 + $1[expert] } } == all)
    #expect(parts.allSatisfy { $0.contains { $0 > 0 } })
  }

  @Test(arguments: [
    "replay --policy eplb:steps=2,from=1 --policy eplb-oracle:steps=2",
    "replay --policy eplb:steps=2,from=1 --policy eplb-oracle:steps=2 --repeat 2", "inspect", "sweep --points 2",
    "advise --interval 2 --link-speeds 1",
  ])
  func `a filtered recording is one that holds no other steps`(command: String) throws {
    let turns = try Turns()
    let words = command.split(separator: " ").map(String.init)
    func arguments(_ trace: String...) -> [String] { [words[0]] + trace + words.dropFirst() + Self.machine }
    let filtered = try Self.found(arguments(turns.whole, "--phase", "decode"), note: Self.note)
    #expect(try filtered == Self.found(arguments(turns.decode)))
    #expect(try filtered != Self.found(arguments(turns.whole)))
  }

  @Test(arguments: ["replay", "inspect", "sweep --points 2", "advise --interval 2 --link-speeds 1"])
  func `a recording of one phase gives the same bytes`(command: String) throws {
    let words = command.split(separator: " ").map(String.init)
    let arguments = [words[0], "traces/decode-256.moetrace"] + words.dropFirst() + ["--format", "json"]
    let whole = try Tool.run(arguments)
    #expect(whole.status == 0 && !whole.output.isEmpty, "\(whole.errors)")
    #expect(try Tool.run(arguments + ["--phase", "decode"]).output == whole.output)
  }

  @Test func `a plan is made from the steps of the phase`() throws {
    let turns = try Turns()
    func plan(_ trace: String...) throws -> (text: String, errors: String) {
      let path = turns.scratch.folder.appendingPathComponent("plan.json").path
      let outcome = try Tool.run(
        ["plan"] + trace + ["--policy", "affinity", "--to", "json", "-o", path] + Self.machine)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return (try String(contentsOfFile: path, encoding: .utf8), outcome.errors)
    }
    let filtered = try plan(turns.whole, "--phase", "decode")
    #expect(filtered.errors == "note: \(Self.note)\n")
    #expect(try filtered.text == plan(turns.decode).text)
    #expect(try filtered.text != plan(turns.whole).text)
  }

  @Test func `a phase is converted alone, and steps are drawn of it`() throws {
    let turns = try Turns()
    func converted(_ arguments: String...) throws -> (text: String, errors: String) {
      let path = turns.scratch.folder.appendingPathComponent("converted.jsonl").path
      let outcome = try Tool.run(["convert"] + arguments + ["-o", path])
      #expect(outcome.status == 0, "\(outcome.errors)")
      // The header names the phase.
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst()
      return (lines.joined(separator: "\n"), outcome.errors)
    }
    let filtered = try converted(turns.whole, "--phase", "decode")
    #expect(filtered.errors.contains("note: \(Self.note)"))
    #expect(try filtered.text == converted(turns.decode).text)
    let drawn = try converted(turns.whole, "--phase", "decode", "--select", "uniform:3").text
    #expect(drawn.split(separator: "\n").count == 3 && filtered.text.contains(drawn.split(separator: "\n")[0]))
    let outcome = try Tool.run("convert", "traces/hot-cold.moetrace", "--phase", "decode", "-o", "/dev/null")
    #expect(outcome.status == 64 && outcome.errors.contains("is: 32 prefill"), "\(outcome.errors)")
  }

  @Test func `steps are counted before they are filtered`() throws {
    let turns = try Turns()
    let filtered = try Self.found(["inspect", turns.whole, "--phase", "decode", "--steps", "8:24"])
    #expect(try filtered == Self.found(["inspect", turns.decode, "--steps", "2:6"]))
  }

  @Test(arguments: [
    ("replay WHOLE --phase decode --steps 2:4", "--phase decode: none of the 2 steps of trace 'hot-cold' is: 1 mixed"),
    ("replay traces/hot-cold.moetrace --phase decode", "is: 32 prefill"),
    ("inspect traces/hot-cold.moetrace --phase decode", "is: 32 prefill"),
    ("advise traces/hot-cold.moetrace --phase decode", "is: 32 prefill"),
    ("sweep traces/hot-cold.moetrace --phase decode", "is: 32 prefill"),
    ("plan traces/hot-cold.moetrace --phase decode --policy eplb --to json -o NEW", "is: 32 prefill"),
    ("plan MATRIX --phase decode --policy eplb --to json -o NEW", "a matrix of load"),
    ("inspect traces/hot-cold.moetrace --phase prefil", "did you mean 'prefill'"),
    ("inspect traces/hot-cold.moetrace --phase mixed", "unknown phase 'mixed'; known: decode, prefill"),
  ])
  func `a phase that is not there is one line`(command: String, message: String) throws {
    let turns = try Turns()
    let matrix = try turns.scratch.file("matrix.json", "[[1, 2, 3, 4]]\n")
    let new = turns.scratch.folder.appendingPathComponent("new.json").path
    let arguments = command.split(separator: " ").map {
      ["WHOLE": turns.whole, "MATRIX": matrix, "NEW": new][String($0)] ?? String($0)
    }
    let outcome = try Tool.run(arguments + Self.machine)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.output.isEmpty && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: new))
  }
}

import CommandRunner
import Foundation
import Testing

/// A folder, or several files, is the trace that they were cut from, for every command that reads one.
@Suite struct ShardCommandTests {
  /// A recording of 32 steps as one file, and as a folder of files that were cut from it.
  struct Cut {
    let scratch: Scratch
    let whole: String
    let folder: String

    var files: [String] {
      get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" } }
    }

    init() throws {
      scratch = try Scratch()
      whole = scratch.folder.appendingPathComponent("whole.jsonl").path
      folder = scratch.folder.appendingPathComponent("day").path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      #expect(try Tool.run("convert", "traces/hot-cold.moetrace", "-o", whole).status == 0)
      let lines = try String(contentsOfFile: whole, encoding: .utf8).split(separator: "\n")
      let perStep = (lines.count - 1) / 32
      let cuts = [0, 1, 4, 5, 11, 12, 13, 20, 21, 28, 30, 32]
      for (number, (first, end)) in zip(cuts, cuts.dropFirst()).enumerated() {
        let steps = lines[1 + first * perStep..<1 + end * perStep]
        let path = "\(folder)/hour\(number).jsonl"
        try (([lines[0]] + steps).joined(separator: "\n") + "\n").write(
          toFile: path, atomically: true, encoding: .utf8)
        guard number % 2 == 0 else { continue }
        #expect(try Tool.run("convert", path, "-o", "\(folder)/hour\(number).moetrace").status == 0)
        try FileManager.default.removeItem(atPath: path)
      }
    }
  }

  static let machine = ["--cluster", "h100-ib", "--ranks", "8", "--model", "moe-comms"]

  /// What a command prints, without what tells of the files.
  private static func found(_ arguments: [String]) throws -> NSDictionary {
    var result = try InspectCommandTests.json(arguments)
    if var trace = result["trace"] as? [String: Any] {
      trace["sha256"] = nil
      trace["files"] = nil
      result["trace"] = trace
    }
    return result as NSDictionary
  }

  @Test(arguments: [
    "replay --policy eplb:steps=2,from=1 --policy eplb-oracle:steps=2",
    "replay --policy eplb:steps=3 --steps 3:29 --layers 0:1 --threads 3",
    "replay --policy eplb:steps=2,from=1 --repeat 2", "replay --policy eplb:steps=2 --select imbalance:20,seed=4",
    "inspect", "inspect --steps 5:25 --select uniform:9", "sweep --points 2 --policy eplb:steps=2",
    "advise --interval 2 --link-speeds 1", "screen",
  ])
  func `a folder and its files print what the whole prints`(command: String) throws {
    let cut = try Cut()
    let words = command.split(separator: " ").map(String.init)
    func arguments(_ traces: [String]) -> [String] { [words[0]] + traces + words.dropFirst() + Self.machine }
    let whole = try Self.found(arguments([cut.whole]))
    #expect(try Self.found(arguments([cut.folder])) == whole)
    #expect(try Self.found(arguments(cut.files)) == whole)
  }

  @Test func `the plan, the workload and the file that are made are the same`() throws {
    let cut = try Cut()
    let made = cut.scratch.folder.appendingPathComponent("made").path
    func making(_ before: [String], _ traces: [String], _ after: [String]) throws -> Data {
      let outcome = try Tool.run(before + traces + after + ["-o", made])
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try Data(contentsOf: URL(fileURLWithPath: made))
    }
    for (before, after) in [
      (["plan"], ["--policy", "affinity", "--to", "json"] + Self.machine), (["fit"], []), (["convert"], []),
      (["convert", "--select", "tokens:7,seed=2"], ["--without", "weights"]),
    ] {
      let whole = try making(before, [cut.whole], after)
      #expect(try making(before, [cut.folder], after) == whole, "\(before)")
      #expect(try making(before, cut.files, after) == whole, "\(before)")
    }
    // All is the trace as it is.
    #expect(
      try making(["convert", "--select", "uniform:all"], [cut.whole], []) == making(["convert"], [cut.whole], []))
  }

  @Test func `the files of a trace and the draw are told`() throws {
    let cut = try Cut()
    let arguments = ["--select", "imbalance:5,seed=3"]
    let result = try InspectCommandTests.json(["inspect", cut.folder] + arguments)
    let trace = try #require(result["trace"] as? [String: Any])
    let files = try #require(trace["files"] as? [[String: Any]])
    #expect(trace["sha256"] == nil)
    #expect(
      files.compactMap { $0["name"] as? String } == (0..<11).map { "hour\($0)\($0 % 2 == 0 ? ".moetrace" : ".jsonl")" })
    #expect(files.reduce(0) { $0 + ($1["steps"] as? Int ?? 0) } == 5)
    #expect(files.allSatisfy { ($0["sha256"] as? String)?.count == 64 })
    #expect(
      trace["selection"] as? NSDictionary == ["by": "imbalance", "steps": 5, "of": 32, "seed": 3] as NSDictionary)
    let notes = try #require(result["notes"] as? [String])
    #expect(notes.count == 1 && notes[0].contains("They are not consecutive"))
    // One file has its digest where it always had it.
    let whole = try #require(
      try InspectCommandTests.json(["inspect", cut.whole] + arguments)["trace"] as? [String: Any])
    #expect(whole["files"] == nil && (whole["sha256"] as? String)?.count == 64)
    let page = try Tool.run(["replay", cut.folder, "--policy", "eplb", "--format", "html"] + arguments + Self.machine)
    #expect(page.output.contains("hour10.moetrace, ") && page.output.contains("5 of 32 steps were drawn"))
  }

  @Test func `a draw that a file keeps is told by its provenance`() throws {
    let cut = try Cut()
    let few = cut.scratch.folder.appendingPathComponent("few.moetrace").path
    let outcome = try Tool.run("convert", cut.folder, "--select", "uniform:4", "-o", few)
    #expect(outcome.status == 0 && outcome.errors.hasPrefix("note: 4 of 32 steps were drawn"), "\(outcome.errors)")
    let trace = try #require(try InspectCommandTests.json(["inspect", few])["trace"] as? [String: Any])
    let provenance = try #require(trace["provenance"] as? [String: Any])
    #expect((provenance["method"] as? String)?.hasSuffix("4 of 32 steps were drawn (uniform)") == true)
  }

  @Test(arguments: [
    ("replay {D} -", 64, "standard input: cannot be one of several traces; give it alone"),
    ("inspect - --select uniform:4", 64, "standard input: can be read only once: --select reads a trace twice"),
    ("replay {D}/hour0.moetrace {D}", 64, "hour0.moetrace: given twice; --repeat"),
    ("replay {D}/hour0.moetrace traces/glm-like.moetrace", 64, "counts, but {D}/hour0.moetrace has tokens"),
    ("inspect {D} --select uniform:33", 64, "--select uniform:33: 33 steps asked for, there are 32"),
    ("inspect {D} --steps 4:8 --select tokens:5", 64, "--select tokens:5: 5 steps asked for, there are 4"),
    ("inspect {D} --select unifrm:4", 64, "--select: unknown weight 'unifrm'; did you mean 'uniform'?"),
    ("inspect {D} --select uniform", 64, "--select: 'uniform', expected a weight and 1…1000000000 steps or all"),
    ("inspect {D} --steps 30:40", 64, "no steps 30:40, the trace has 32"),
    ("advise {D} --select uniform:4", 64, "'--select' is an option of replay, inspect, convert"),
    ("replay {E}", 66, "a folder without traces (.moetrace, .jsonl, .jsonl.gz, .json): it is empty"),
    ("replay {D} {D}/hour99.moetrace", 66, "hour99.moetrace: no such file"),
    ("replay {D}/hour0.moetrace {C}", 65, "cut.moetrace: byte"),
    ("convert {D} {C} -o {E}/x", 65, "cut.moetrace: byte"),
    ("plan {D} {C} --policy eplb --to json -o {E}/x", 65, "cut.moetrace: byte"),
  ])
  func `what does not fit is one line, and nothing is made`(command: String, status: Int32, line: String) throws {
    let cut = try Cut()
    let empty = cut.scratch.folder.appendingPathComponent("empty").path
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    let short = cut.scratch.folder.appendingPathComponent("cut.moetrace")
    try Data(contentsOf: URL(fileURLWithPath: "\(cut.folder)/hour8.moetrace")).dropLast(30).write(to: short)
    func filled(_ text: String) -> String {
      text.replacing("{D}", with: cut.folder).replacing("{E}", with: empty).replacing("{C}", with: short.path)
    }
    let outcome = try Tool.run(filled(command).split(separator: " ").map(String.init))
    #expect(outcome.status == status && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains(filled(line)), "\(outcome.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: empty).isEmpty)
  }

  @Test func `no verdict is given on drawn steps`() throws {
    let words = ["replay", "traces/hot-cold.moetrace", "--ranks", "8", "--policy", "greedy", "-q"]
    let said = "Not enough evidence: steps were drawn, and do not follow each other as a policy would find them."
    #expect(try !Tool.run(words + ["--select", "uniform:all"]).output.contains(said))
    #expect(try Tool.run(words + ["--select", "uniform:12"]).output.contains(said))
  }
}

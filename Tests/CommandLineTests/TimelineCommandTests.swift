import CommandRunner
import Foundation
import Testing

/// `replay --format perfetto` writes a timeline in place of a report.
@Suite struct TimelineCommandTests {
  static let replay = [
    "replay", "traces/decode-256.moetrace", "--ranks", "16", "--policy", "eplb:steps=2", "--format", "perfetto",
  ]

  private struct Timeline: Decodable {
    struct Event: Decodable {
      struct Arguments: Decodable {
        var us: Double?
        var step: Int?
        var layer: Int?
        var name: String?
      }

      var ph: String
      var name: String
      var pid: Int
      var tid: Int?
      var args: Arguments
    }

    var traceEvents: [Event]
  }

  private static func timeline(_ text: String) throws -> [Timeline.Event] {
    try JSONDecoder().decode(Timeline.self, from: Data(text.utf8)).traceEvents
  }

  @Test func `its steps and layers take what --per-step tells of them`() throws {
    let scratch = try Scratch()
    for (option, prefix) in [([String](), "step "), (["--by-layer"], "layer ")] {
      let path = scratch.folder.appendingPathComponent("steps.csv").path
      let outcome = try Tool.run(
        Self.replay + ["--repeat", "3", "--timeline-steps", "10:50", "--per-step", path] + option)
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      let place = try #require(lines[0].firstIndex(of: "time.total [us]"))
      let rows = lines.dropFirst()
      let events = try Self.timeline(outcome.output)
      for (process, policy) in [(1, "static"), (2, "eplb:steps=2")] {
        let name = events.first { $0.name == "process_name" && $0.pid == process }?.args.name
        #expect(name == policy)
        let shown = events.filter { $0.ph == "X" && $0.pid == process && $0.name.hasPrefix(prefix) }.map(\.args.us)
        let perStep = option.isEmpty ? 1 : 3
        let told = rows.filter { $0[2] == policy }.map { Double($0[place]) }[10 * perStep..<50 * perStep]
        #expect(shown.count == 40 * perStep)
        for (shown, told) in zip(shown, told) {
          let (shown, told) = (try #require(shown), try #require(told))
          #expect(abs(shown - told) <= 1e-9 * told)
        }
      }
      #expect(events.contains { $0.name.hasPrefix("moves of layer") } && events.contains { $0.name == "plan 2 begins" })
    }
  }

  @Test func `the file is the same on any number of threads, and is what goes to standard output`() throws {
    let scratch = try Scratch()
    let path = scratch.folder.appendingPathComponent("t.json").path
    let machines = ["--ranks", "32", "--cluster", "h100-cx7", "--cluster", "h200-cx7"]
    let file = try Tool.run(Self.replay + machines + ["--threads", "1", "-o", path])
    #expect(file.status == 0 && file.output.isEmpty && file.errors.isEmpty)
    let printed = try Tool.run(Self.replay + machines + ["--threads", "4"])
    #expect(try printed.output == String(contentsOfFile: path, encoding: .utf8))
    let events = try Self.timeline(printed.output)
    #expect(Set(events.map(\.pid)) == Set(1...8))
  }

  @Test(arguments: [
    ("--timeline-steps 5", "--timeline-steps needs --format perfetto"),
    ("--format perfetto --regret", "--regret is of a whole replay"),
    ("--format perfetto --by-layer", "--by-layer is for reports and --per-step"),
    ("--format perfetto --details", "--details is for --format json and html, not perfetto"),
    ("--format perfetto --wide", "--wide is for tables"),
    ("--format perfetto --timeline-steps 5:2", "--timeline-steps: '5:2' is not a range"),
    ("--format perfetto --timeline-steps 8:9", "--timeline-steps: no step 8: 8 were replayed"),
    ("--format perfetto --timeline-steps 0:3000", "--timeline-steps: 3,000 steps of up to 864 events each"),
    ("--format perfeto", "did you mean 'perfetto'?"),
  ])
  func `what cannot be shown is said`(options: String, message: String) throws {
    let scratch = try Scratch()
    let path = scratch.folder.appendingPathComponent("t.json").path
    let outcome = try Tool.run(
      ["replay", "traces/decode-256.moetrace", "--steps", "0:8", "--ranks", "16", "--policy", "static"]
        + ["--policy", "eplb", "-o", path] + options.split(separator: " ").map(String.init))
    #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty && outcome.errors.split(separator: "\n").count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).isEmpty)
  }

  @Test func `other commands have no timeline`() throws {
    for command in ["inspect", "sweep", "advise"] {
      let outcome = try Tool.run(command, "traces/decode-256.moetrace", "--format", "perfetto")
      #expect(outcome.status == 64 && outcome.errors.contains("unknown format 'perfetto'"))
    }
  }

  @Test func `the documented command shows what is said of it`() throws {
    let document = try String(contentsOf: Tool.root.appendingPathComponent("docs/reports.md"), encoding: .utf8)
    let start = try #require(document.range(of: "## The timeline"))
    let section = document[start.upperBound...]
    let block = section.split(separator: "\n").drop { !$0.hasPrefix("    expert-replay") }.prefix {
      $0.hasPrefix("    ")
    }
    let scratch = try Scratch()
    let outcome = try Tool.shell(
      "ln -s \"$ROOT/traces\" .; expert-replay() { \"$TOOL\" \"$@\"; }\n" + block.joined(separator: "\n"),
      in: scratch.folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let path = scratch.folder.appendingPathComponent("timeline.json")
    let events = try Self.timeline(String(contentsOf: path, encoding: .utf8))
    #expect(events.contains { $0.name == "plan 1 in force" && $0.pid == 2 })
    func ofLayer3(_ process: Int, step: Int) throws -> (layer: Double, waits: [Double]) {
      let parts = events.filter { $0.pid == process && $0.args.step == step && $0.args.layer == 3 }
      let layer = try #require(parts.first { $0.name == "layer 3" }?.args.us)
      let waits = (0..<16).map { rank in
        parts.filter { $0.tid == 2000 + 2 * rank && $0.name == "waiting" }.reduce(0) { $0 + ($1.args.us ?? 0) } / layer
      }
      return (layer, waits)
    }
    #expect(try ofLayer3(1, step: 14).waits.count { $0 > 1.0 / 3 } >= 8)
    #expect(try ofLayer3(1, step: 14).waits[6] == 0)
    let (before, after) = (try ofLayer3(2, step: 14), try ofLayer3(2, step: 15))
    #expect(after.waits.count { $0 < 0.045 } > 8)
    for layer in [before.layer, after.layer] {
      #expect(section.contains(String(format: "takes %.2f ms", layer / 1000)), "\(layer)")
    }
    #expect(events.contains { $0.name == "moves of layer 3" && $0.args.step == 14 })
    #expect(!events.contains { $0.name == "moves of layer 3" && $0.args.step == 15 })
  }
}

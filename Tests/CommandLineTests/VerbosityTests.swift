import CommandRunner
import Foundation
import Testing

/// `--quiet` and `--verbose` change what standard error gets, and nothing else.
@Suite struct VerbosityTests {
  private static let trace = "traces/decode-256.moetrace"

  private static func words(_ arguments: String) -> [String] { arguments.split(separator: " ").map(String.init) }

  @Test(arguments: [
    "replay \(trace) --ranks 16 --policy eplb", "generate hot-cold:steps=2 -o -", "inspect \(trace)",
    "replay \(trace) --ranks 16 --policy eplb --format json --details",
    "replay traces/mixtral-mmlu-like.moetrace --ranks 8 --policy static --matrix {T}/m.csv",
  ])
  func `quiet says nothing, and the result stays`(arguments: String) throws {
    let scratch = try Scratch()
    let arguments = arguments.replacing("{T}", with: scratch.folder.path)
    let usual = try Tool.shell("\"$TOOL\" \(arguments) | cksum")
    let quiet = try Tool.shell("\"$TOOL\" \(arguments) -q | cksum")
    let verbose = try Tool.shell("\"$TOOL\" \(arguments) --verbose | cksum")
    #expect(quiet.errors.isEmpty, "\(quiet.errors)")
    #expect(quiet.output == usual.output && verbose.output == usual.output)
    #expect(verbose.errors.hasSuffix(usual.errors.contains("Replayed in") ? "\n" : usual.errors))
    #expect(verbose.errors.count > usual.errors.count)
  }

  @Test func `quiet silences notes and warnings, not errors`() throws {
    let scratch = try Scratch()
    let generate = ["generate", "hot-cold:steps=2", "-o", scratch.folder.appendingPathComponent("t.jsonl").path]
    #expect(try Tool.run(generate).errors.hasPrefix("note: "))
    #expect(try Tool.run(generate + ["--quiet"]).errors.isEmpty)
    let missing = try Tool.run("inspect", "none.moetrace", "-q")
    #expect(missing.status == 66 && missing.errors.hasPrefix("expert-replay: none.moetrace: "))
  }

  @Test func `verbose tells files, the machine, the trace and every decision, at any number of threads`() throws {
    let outcomes = try ["1", "2", "5"].map {
      try Tool.run(Self.words("replay \(Self.trace) --repeat 4 --verbose --threads \($0)"))
    }
    let lines = outcomes.map { $0.errors.split(separator: "\n").filter { !$0.hasPrefix("Replayed in") } }
    #expect(Set(lines).count == 1 && outcomes.allSatisfy { $0.status == 0 })
    for part in [
      "clusters: h100-cx7 is clusters/h100-cx7.yaml", "policies: eplb is policies/eplb.yaml",
      "machine h100-cx7: 32 ranks on 4 nodes, model deepseek-v3, decode by deepep-low-latency, experts by trtllm",
      "\(Self.trace): moetrace, 24 steps, 24576 tokens, 3 layers, 256 experts", "eplb on h100-cx7: plan, predicted",
      "while links are idle", "the plan is in force in all layers",
    ] {
      #expect(lines[0].contains { $0.contains(part) }, "\(part)")
    }
    // Each reading of the trace is told, the last as well, which ends while others are replayed.
    #expect(lines[0].count { $0.contains(": moetrace, 24 steps") } == 4)
  }

  @Test func `both contradict each other`() throws {
    let outcome = try Tool.run("inspect", Self.trace, "-q", "--verbose")
    #expect(outcome.status == 64 && outcome.errors.contains("contradict"))
  }

  @Test func `every subcommand has both`() throws {
    for words in HelpExampleTests.subcommands {
      let own = try Tool.run(words + ["--help"]).output
      guard !own.contains("SUBCOMMANDS:") else { continue }
      #expect(own.contains("-q, --quiet") && own.contains("--verbose"), "\(words)")
    }
  }

  @Test func `how a result was made does not name them`() throws {
    let outcome = try Tool.run(
      Self.words("replay \(Self.trace) --ranks 16 --policy eplb --format json --details --verbose"))
    #expect(outcome.output.contains("\"--details\"") && !outcome.output.contains("--verbose"))
  }
}

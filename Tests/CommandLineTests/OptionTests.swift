import CommandRunner
import Foundation
import Testing

/// Whatever is accepted acts, and whatever cannot act is refused.
@Suite struct OptionTests {
  static let trace = "traces/decode-256.moetrace"
  static let split = "--split 64 --input 4096 --output 256"

  @Test(arguments: [
    ("sweep \(trace) --ranks 8 --all-to-all bound", "--all-to-all"),
    ("sweep \(trace) --ranks 8 --context 100", "--context"),
    ("sweep traces/hot-cold.moetrace --cluster h100-ib:allToAll=bound --ranks 8 --model moe-comms", "port model"),
    ("advise \(trace) --ranks 8 --context 100", "--context"),
    ("advise \(trace) --ranks 8 --memory 10", "--tune"),
    ("advise \(trace) --ranks 8 --tune --memory=-1", "--memory"),
    ("advise \(trace) --ranks 8 --tune --formula", "--formula"),
    ("advise \(trace) --ranks 8 --skewness 1.39", "--skewness"),
    ("advise \(trace) --ranks 8 --distribution-error 0.018", "--distribution-error"),
    ("replay \(trace) --ranks 8 --wide --format json", "--wide"),
    ("advise \(trace) --ranks 8 --tune --overhead 3", "--overhead"),
    ("advise \(trace) --ranks 8 --tune --link-speeds 1 2", "--link-speeds"),
    ("advise \(trace) --ranks 8 --tune --batch-sizes 1", "--batch-sizes"),
    ("advise \(trace) --ranks 1 --accumulate", "--context"),
    ("advise \(trace) --ranks 1 --accumulate --tune --context 9", "--tune"),
    ("advise \(trace) --ranks 1 --accumulate --context 9 --link-speeds 1", "--link-speeds"),
    ("advise \(trace) --ranks 1 --accumulate --context 9 --interval 4", "--interval"),
    ("advise \(trace) --ranks 1 --accumulate --context 9 --all-to-all none", "--all-to-all"),
    ("advise \(trace) --ranks 8 --accumulate --context 9", "--ranks 1"),
    ("advise \(trace) --ranks 1 --accumulate --context 9", "storage.host"),
    ("advise \(trace) --input 4096", "--input is about prefill and decode apart: give --split, too"),
    ("advise \(trace) --prefill \(trace)", "--prefill is about"),
    ("advise \(trace) --policy eplb", "--policy is about"),
    ("advise \(trace) --split 64 --input 4096", "--split needs --output"),
    ("advise \(trace) \(split) --tune", "--tune and --split are two questions"),
    ("advise \(trace) \(split) --accumulate", "--accumulate and --split are two questions"),
    ("advise \(trace) \(split) --ranks 8", "--ranks says nothing to --split"),
    ("advise \(trace) \(split) --phase decode", "--phase says nothing to --split"),
    ("advise \(trace) \(split) --context 9", "--context says nothing to --split"),
    ("advise \(trace) \(split) --formula", "--formula is about strategies"),
    ("advise \(trace) \(split) --ttft 2", "--ttft: '2' has no unit"),
    ("advise \(trace) \(split) --tpot 0ms", "--tpot: '0ms', expected a time above 0 such as 50ms"),
    ("advise \(trace) \(split) --tpot 5GB", "--tpot: '5GB', expected a time"),
    ("advise \(trace) \(split)", "trace 'decode-256': no tokens in prefill steps (it has 24 decode)"),
    ("advise \(trace) --ranks 8 --tune --redundant-slots-per-rank 1", "--redundant-slots-per-rank"),
    ("inspect \(trace) --all-to-all bound", "--against"),
    ("inspect \(trace) --against \(trace) --hot-ratio 0.5", "--hot-ratio"),
    ("inspect \(trace) --against \(trace) --resident 20%", "--resident means nothing to --against"),
    ("inspect \(trace) --resident 0", "--resident: '0' is no share above 0 and at most 1, nor 100 %"),
    ("inspect \(trace) --resident 120%", "--resident: '120%' is no share above 0 and at most 1, nor 100 %"),
    ("inspect \(trace) --resident 8GV", "--resident: '8GV' has the unknown unit 'GV'; did you mean"),
    ("inspect \(trace) --resident=-1e300GB", "--resident: '-1e300GB' is no room, expected above 0"),
    ("inspect \(trace) --resident 8ms", "--resident: '8ms' is a time, expected a size"),
    ("inspect \(trace) --resident 1KB", "--resident: room for 0 experts, but a token visits 8 of a layer"),
    ("inspect \(trace) --hot-ratio 0", "--hot-ratio 0.0, expected above 0, at most 1"),
    ("replay \(trace) --ranks 8 --log /dev/null", "'port' has no rounds to log; use round-robin"),
    ("convert none.py -o x --top-k 8", "moe-comms-params: takes --from and -o alone"),
    ("convert none.py -o -", "three files are written"),
    ("replay \(trace) --ranks 8 --context 0", "1…100000000"),
    ("replay \(trace) --ranks 8 --context 1000000000", "1…100000000"),
    ("replay \(trace) --ranks 8 --sources recroded", "did you mean 'recorded'?"),
    ("replay \(trace) --sources recorded", "--sources recorded: step 0: trace 'decode-256' has no sources"),
    ("replay \(trace) --ranks 8 --attention-tp 3", "--attention-tp: groups of 3 do not make up 8 ranks"),
    ("replay \(trace) --ranks 8 --attention-tp 0", "1…"),
    ("advise \(trace) --ranks 8 --sources recorded", "--sources recorded"),
    ("sweep \(trace) --sources recorded", "--sources recorded"),
    ("inspect \(trace) --sources recorded", "--sources recorded"),
    ("inspect \(trace) --attention-tp 3", "--attention-tp: groups of 3 do not make up"),
    ("inspect \(trace) --ranks 8 --attention-tp 16", "--attention-tp: groups of 16 do not make up 8 ranks"),
    ("plan \(trace) --policy affinity --ranks 8 --sources recorded --to json -o -", "--sources recorded"),
    ("plan \(trace) --policy eplb --ranks 8 --sources even --to json -o -", "plans from the load alone"),
    ("validate h800-deepep-normal --fit --format json", "--format"),
    ("validate h800-deepep-normal --fit --leave-out ranks", "it takes no --leave-out"),
    (
      "validate h800-deepep-normal --leave-out ranks,tokns",
      "no column 'tokns' to tell rows apart by; did you mean 'tokens'?"
    ),
    ("validate h800-deepep-normal --without tokns", "no column 'tokns' to do without; did you mean 'tokens'?"),
    ("validate h100-moe-layer-compute --by split", "no column 'split' to tell rows apart by"),
    ("reply \(trace)", "did you mean 'replay'?"),
    ("replay \(trace) --ranks 8 --steps 3:x", "3:29 (29 left out) or 3-28"),
    ("replay \(trace) --ranks 8 --policy eplb --policy eplb", "two policies have this name"),
    ("replay \(trace) --ranks 8 --policy eplb:halfLive=3", "nothing is called 'halfLive' here"),
  ])
  func whatCannotActIsAUsageError(arguments: String, message: String) throws {
    let outcome = try Tool.run(arguments.split(separator: " ").map(String.init))
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func aPolicyOfTheBaselinesNameDoesNotVanish() throws {
    let scratch = try Scratch()
    let text = try String(contentsOf: Tool.root.appendingPathComponent("policies/eplb.yaml"), encoding: .utf8)
    let path = try scratch.file("mine.yaml", text.replacing("name: eplb", with: "name: static"))
    let outcome = try Tool.run("replay", Self.trace, "--ranks", "8", "--policy", path)
    #expect(outcome.status == 64 && outcome.errors.contains("policy static: two policies have this name"))
  }

  @Test func theBaselineIsShownOnceWhereItIsAskedForAgain() throws {
    let outcome = try Tool.run(
      "replay", Self.trace, "--ranks", "16", "--policy", "static", "--policy", "eplb", "--format", "csv")
    #expect(outcome.output.split(separator: "\n").map { $0.prefix { $0 != "," } }.dropFirst() == ["static", "eplb"])
  }

  @Test func aPresetThatIsNotFoundSaysWhereItWasLookedFor() throws {
    let outcome = try Tool.run("replay", Self.trace, "--policy", "epbl")
    #expect(outcome.status == 66)
    #expect(outcome.errors.contains("did you mean 'eplb'?; looked in policies/, "), "\(outcome.errors)")
  }

  @Test(arguments: ["4:8", "4-7", "4..<8", "4...7"])
  func stepsAreARangeInAnyNotation(range: String) throws {
    let outcome = try Tool.run(
      "replay", Self.trace, "--ranks", "8", "--policy", "static", "--steps", range, "--layers", "1:2", "--format", "csv"
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      try outcome.output
        == Tool.run(
          "replay", Self.trace, "--ranks", "8", "--policy", "static", "--steps", "4:8", "--layers", "1", "--format",
          "csv"
        ).output)
  }

  /// 256 experts on 24 ranks: every command that replays has a baseline to compare with.
  @Test(arguments: [
    ["replay"], ["replay", "--policy", "greedy", "--policy", "incremental", "--policy", "fractional"],
    ["advise", "--link-speeds", "1"], ["sweep", "--points", "2"],
  ])
  func expertsNeedNotDivideOverTheRanks(command: [String]) throws {
    let outcome = try Tool.run(
      [command[0], Self.trace, "--ranks", "24", "--model", "deepseek-v3"] + command.dropFirst())
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func layersAreRowsOfCSV() throws {
    let outcome = try Tool.run(
      "replay", Self.trace, "--ranks", "16", "--policy", "eplb", "--by-layer", "--format", "csv")
    let rows = outcome.output.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let layers = try #require(rows.first?.firstIndex(of: "layer"))
    #expect(rows[0][0] == "policy" && rows.count > 3)
    #expect(Set(rows.dropFirst().map { $0[0] }) == ["static", "eplb"])
    #expect(Set(rows.dropFirst().map { "\($0[0]) \($0[layers])" }).count == rows.count - 1)
  }
}

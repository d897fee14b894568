import CommandRunner
import Foundation
import Testing

/// The table of verdicts in `docs/screen.md` is what `screen` prints, and what the first half promised is what the second
/// gave.
///
/// `EXPERT_REPLAY_REWRITE=1` writes the table as it is now, to be read before it is committed.
@Suite struct ScreenVerdictConformanceTests {
  /// A row's recording: how its trace is made, and what it is replayed as.
  struct Recording {
    var title: String
    /// Words of the commands that make `trace.moetrace`; none for a trace that is there.
    var commands: [String] = []
    var trace: String?
    var model: String
  }

  static let clusters = ["h100-cx7", "b200-cx7"]
  static let ranks = [16, 32]
  private static let decode = "--from routed-experts --batch decode --sequences 64 --skip 8"
  private static let prefill = "--from routed-experts --batch prefill --tokens-per-step 512"

  static let recordings = [
    Recording(
      title: "gpt-oss-20b decode", commands: ["convert $R/gpt-oss-20b-decode.npz \(decode)"], model: "gpt-oss-20b"),
    Recording(
      title: "ESFT drift",
      commands: ["convert $R/esft-intent.npz $R/esft-law.npz $R/esft-translation.npz \(prefill)"],
      model: "deepseek-v2-lite"),
    Recording(title: "GLM-5.2 domains", commands: ["convert $S/domains.json --from counts"], model: "glm-5.2"),
    Recording(title: "traces/gpt-oss-20b-like", trace: "traces/gpt-oss-20b-like.moetrace", model: "gpt-oss-20b"),
    Recording(title: "traces/hot-cold", trace: "traces/hot-cold.moetrace", model: "qwen3-30b-a3b"),
    Recording(title: "traces/decode-256", trace: "traces/decode-256.moetrace", model: "deepseek-v3"),
    Recording(title: "hot-cold:steps=256", commands: ["generate hot-cold:steps=256"], model: "qwen3-30b-a3b"),
    Recording(title: "decode-256:steps=256", commands: ["generate decode-256:steps=256"], model: "deepseek-v3"),
  ]

  struct Screened: Decodable {
    struct Choice: Decodable {
      struct Steady: Decodable {
        var total: Double
        var totalLow, totalHigh: Double?
      }
      struct Decision: Decodable { var by: String }

      var policy: String
      var promised: Double
      var steady: Steady?
      var decides: Decision?
    }
    struct Evidence: Decodable { var stoodFrom, steps: Int? }
    struct Halves: Decodable { var heldBack: String }

    var verdict, finding: String
    var choice: Choice?
    var evidence: Evidence
    var halves: Halves?
  }

  /// Every recording on every machine, in the order of the table.
  static let all = Result { try recordings.flatMap { try screen($0, on: clusters) } }

  static func screen(_ recording: Recording, on clusters: [String]) throws -> [(row: String, result: Screened)] {
    let scratch = try Scratch()
    try Data(domains().utf8).write(to: scratch.folder.appendingPathComponent("domains.json"))
    let made = scratch.folder.appendingPathComponent("trace.moetrace").path
    for command in recording.commands {
      let words = command.split(separator: " ").map { word -> String in
        String(word).replacing("$R", with: Shared.path("traces")).replacing("$S", with: scratch.folder.path)
      }
      let outcome = try Tool.run(words + ["-o", made])
      guard outcome.status == 0 else { throw Failure(message: outcome.errors) }
    }
    return try clusters.flatMap { cluster in
      try ranks.map { ranks in
        let words = ["screen", recording.trace ?? made, "--cluster", cluster, "--ranks", "\(ranks)"]
        let outcome = try Tool.run(words + ["--model", recording.model, "--format", "json"])
        guard outcome.status == 0 else { throw Failure(message: outcome.errors) }
        let result = try JSONDecoder().decode(Screened.self, from: Data(outcome.output.utf8))
        return (row(recording.title, cluster, ranks, result), result)
      }
    }
  }

  /// The eight domains of GLM-5.2, a step each.
  private static func domains() throws -> String {
    let names = ["chat", "code_instruct", "math", "news", "reasoning", "science", "web", "wiki"]
    let counts = try names.map { name in
      let json = try JSONSerialization.jsonObject(with: Shared.data("traces/glm-5.2/glm-5.2-\(name).json"))
      let counts = try #require((json as? [String: Any])?["logical_count"])
      return String(decoding: try JSONSerialization.data(withJSONObject: counts), as: UTF8.self)
    }
    return "{\"logical_count\": [\(counts.joined(separator: ", "))]}"
  }

  private static func row(_ title: String, _ cluster: String, _ ranks: Int, _ result: Screened) -> String {
    let choice = result.choice
    let promised: String = choice.map { percent($0.promised) + " %" } ?? "–"
    let policy: String = choice.map { "`\($0.policy)`" } ?? "–"
    let needed: String? = result.evidence.steps.map { "≈ \($0) steps" }
    let evidence: String = result.evidence.stoodFrom.map { "stood from \($0)" } ?? needed ?? "–"
    let verdict = result.verdict.replacing("-", with: " ")
    let cells: [String] = [
      title, cluster, "\(ranks)", verdict, result.finding, gain(choice?.steady), promised, policy,
      choice?.decides?.by ?? "–", evidence,
    ]
    return "| " + cells.joined(separator: " | ") + " |"
  }

  private static func gain(_ steady: Screened.Choice.Steady?) -> String {
    guard let steady else { return "–" }
    guard let low = steady.totalLow, let high = steady.totalHigh else { return "\(percent(steady.total)) %" }
    return "\(percent(steady.total)) % (\(percent(low))…\(percent(high)))"
  }

  private static func percent(_ fraction: Double) -> String {
    let text = String(format: "%.1f", abs(fraction * 100))
    return fraction < 0 && text != "0.0" ? "−" + text : text
  }

  private struct Failure: Error { var message: String }

  @Test func `the table of verdicts is what screen prints`() throws {
    let file = Tool.root.appendingPathComponent("docs/screen.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let start = try #require(lines.firstIndex { $0.hasPrefix("| recording |") }) + 2
    let end = try #require(lines[start...].firstIndex { !$0.hasPrefix("|") })
    let found = try Self.all.get().map(\.row)
    if ProcessInfo.processInfo.environment["EXPERT_REPLAY_REWRITE"] == "1" {
      try (lines[..<start] + found + lines[end...]).joined(separator: "\n").write(
        to: file, atomically: true, encoding: .utf8)
    }
    #expect(Array(lines[start..<end]) == found, "\(found.joined(separator: "\n"))")
  }

  /// The shipped workloads drawn with other seeds.
  private static let drawn = (1...10).flatMap { seed in
    [("hot-cold", "qwen3-30b-a3b"), ("decode-256", "deepseek-v3")].map { workload, model in
      let name = "\(workload):steps=256,seed=\(seed)"
      return Recording(title: name, commands: ["generate \(name)"], model: model)
    }
  }

  @Test func `what the first half promised lies in the interval of the second in nine of ten`() throws {
    let more = try Self.drawn.flatMap { try Self.screen($0, on: ["h100-cx7"]) }
    let given = try (Self.all.get() + more).compactMap { $0.result.choice }.filter { $0.steady?.totalLow != nil }
    let inside = given.count { choice in
      guard let low = choice.steady?.totalLow, let high = choice.steady?.totalHigh else { return false }
      return (low...high).contains(choice.promised)
    }
    #expect(given.count >= 40, "\(given.count)")
    #expect(inside * 10 >= given.count * 9, "\(inside) of \(given.count)")
  }
}

import CommandRunner
import Foundation
import Testing

/// `best` against the other interval planners with the same slots, schedule and target, on all recordings with more
/// than one step: the tables in `docs/policies.md` are what `replay` prints. Nothing of `best` is set by recording.
///
/// `EXPERT_REPLAY_REWRITE=1` writes the tables as they are now, to be read before they are committed.
@Suite(.serialized) struct BestPlannerConformanceTests {
  struct Recording {
    var title: String
    /// Words of `convert` after its name; `$R` is the folder of recordings, `$S` a scratch folder.
    var conversion: String
    var model: String
    /// Steps between plans, and of the predictor's window.
    var steps: Int
    var ranks = [8, 16]
  }

  private static let prefill = "--from routed-experts --batch prefill --tokens-per-step 512"
  static let recordings = [
    Recording(
      title: "ESFT intent", conversion: "$R/esft-intent.npz \(prefill)", model: "deepseek-v2-lite", steps: 4),
    Recording(title: "ESFT law", conversion: "$R/esft-law.npz \(prefill)", model: "deepseek-v2-lite", steps: 4),
    Recording(
      title: "ESFT translation", conversion: "$R/esft-translation.npz \(prefill)", model: "deepseek-v2-lite",
      steps: 4),
    Recording(
      title: "ESFT drift", conversion: "$R/esft-intent.npz $R/esft-law.npz $R/esft-translation.npz \(prefill)",
      model: "deepseek-v2-lite", steps: 4),
    Recording(
      title: "gpt-oss-20b decode",
      conversion: "$R/gpt-oss-20b-decode.npz --from routed-experts --batch decode --sequences 64 --skip 8",
      model: "gpt-oss-20b", steps: 64),
    Recording(
      title: "Mixtral MMLU",
      conversion:
        "$R/mixtral-8x7b-mmlu-fractions.json --model mixtral-8x7b --batch prefill --tokens-per-step 4096",
      model: "mixtral-8x7b", steps: 4, ranks: [4, 8]),
    Recording(
      title: "GLM-5.2 domains", conversion: "$S/domains.json --from counts", model: "glm-5.2", steps: 1,
      ranks: [16, 32]),
  ]
  static let clusters = ["h100-cx7", "h100-ib-low-latency"]

  /// The planners of a table, each with as many slots.
  struct Field {
    var heading: String
    var policies: [String]
    var slots: String
  }

  static let fields = [
    Field(
      heading: "One redundant slot on each rank",
      policies: [
        "eplb", "fractional", "even-share", "incremental", "distribution-only", "flashlb", "swift", "biased",
        "tensorrt", "best",
      ], slots: "redundantSlotsPerRank=1,"),
    Field(heading: "No redundant slots", policies: ["greedy", "incremental", "affinity", "best"], slots: ""),
  ]

  struct Result: Decodable {
    struct Policy: Decodable {
      struct Time: Decodable { var total, migration: Double }

      var name: String
      var time: Time
    }

    var policies: [Policy]
  }

  struct Row {
    var title: String
    /// Total time of each policy of the field over static's.
    var times: [Double]
    var migration: Double
    /// The best of the others, and how much longer `best` takes.
    var rival: Int { times.dropLast().indices.min { times[$0] < times[$1] } ?? 0 }
    var behind: Double { (times.last ?? 0) / times[rival] - 1 }
  }

  static let measured = fields.map { field in Swift.Result { try rows(of: field) } }

  private static func rows(of field: Field) throws -> [Row] {
    let scratch = try Scratch()
    try Data(ScreenVerdictConformanceTests.domains().utf8).write(
      to: scratch.folder.appendingPathComponent("domains.json"))
    return try recordings.flatMap { recording in
      let trace = scratch.folder.appendingPathComponent(
        "\(recording.title.replacing(" ", with: "-")).moetrace"
      ).path
      let words = recording.conversion.replacing("$R", with: Shared.path("traces"))
        .replacing("$S", with: scratch.folder.path).split(separator: " ").map(String.init)
      _ = try output(of: ["convert"] + words + ["-o", trace])
      return try clusters.flatMap { cluster in
        try recording.ranks.map { try row(field, recording, trace, cluster, ranks: $0) }
      }
    }
  }

  private static func row(
    _ field: Field, _ recording: Recording, _ trace: String, _ cluster: String, ranks: Int
  ) throws -> Row {
    let common = "window=\(recording.steps),steps=\(recording.steps)"
    let policies = field.policies.flatMap { policy in
      let none = field.slots.isEmpty && ["incremental", "best"].contains(policy) ? "redundantSlotsPerRank=0," : ""
      if policy == "tensorrt" {
        return ["--policy", "eplb:planner={kind: tensorrt, redundantSlotsPerRank: 1},\(common)"]
      }
      return ["--policy", "\(policy):\(field.slots)\(none)\(common)"]
    }
    let words = ["replay", trace, "--cluster", cluster, "--ranks", "\(ranks)", "--model", recording.model]
    let json = try output(of: words + ["--format", "json"] + policies)
    let result = try JSONDecoder().decode(Result.self, from: Data(json.utf8))
    let baseline = result.policies[0].time.total
    return Row(
      title: "\(recording.title) | \(cluster) | \(ranks)",
      times: result.policies.dropFirst().map { $0.time.total / baseline },
      migration: (result.policies.last?.time.migration ?? 0) / baseline)
  }

  private static func output(of words: [String]) throws -> String {
    let outcome = try Tool.run(words)
    guard outcome.status == 0 else { throw Failure(message: outcome.errors) }
    return outcome.output
  }

  private struct Failure: Error { var message: String }

  @Test(arguments: fields.indices) func `within 2 % of the best in hindsight, and ahead of each on average`(
    _ index: Int
  ) throws {
    let rows = try Self.measured[index].get()
    for row in rows { #expect(row.behind <= 0.02, "\(row.title): \(Self.fields[index].policies[row.rival])") }
    let means = Self.means(of: rows)
    for mean in means.dropLast() { #expect(means[means.count - 1] < mean, "\(means)") }
  }

  /// With as many slots as static has; what a step before the first plan takes in more slots is no plan's.
  @Test func `no slower than static but for its moves`() throws {
    for row in try Self.measured[1].get() {
      #expect((row.times.last ?? 0) - row.migration <= 1.002, "\(row.title)")
    }
  }

  @Test(arguments: fields.indices) func `the tables are what is measured`(_ index: Int) throws {
    let field = Self.fields[index]
    let file = Tool.root.appendingPathComponent("docs/policies.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let heading = try #require(lines.firstIndex(of: "### \(field.heading)"))
    let start = try #require(lines[heading...].firstIndex { $0.hasPrefix("| recording |") }) + 2
    let end = try #require(lines[start...].firstIndex { !$0.hasPrefix("|") })
    let found = Self.lines(of: try Self.measured[index].get(), field)
    if ProcessInfo.processInfo.environment["EXPERT_REPLAY_REWRITE"] == "1" {
      try (lines[..<start] + found + lines[end...]).joined(separator: "\n").write(
        to: file, atomically: true, encoding: .utf8)
    }
    #expect(Array(lines[start..<end]) == found, "\(found.joined(separator: "\n"))")
  }

  private static func means(of rows: [Row]) -> [Double] {
    rows[0].times.indices.map { policy in rows.reduce(0) { $0 + $1.times[policy] } / Double(rows.count) }
  }

  /// A row for each machine, and the mean.
  private static func lines(of rows: [Row], _ field: Field) -> [String] {
    let found = rows.map { row -> String in
      let cells = row.times.map(change) + [field.policies[row.rival], change(1 + row.behind)]
      return "| \(row.title) | " + cells.joined(separator: " | ") + " |"
    }
    return found + ["| mean | | | " + means(of: rows).map(change).joined(separator: " | ") + " | | |"]
  }

  /// A ratio of times as a percentage more or less.
  private static func change(_ ratio: Double) -> String {
    let text = String(format: "%.1f", abs(ratio - 1) * 100)
    return text == "0.0" ? text : (ratio < 1 ? "−" : "+") + text
  }
}

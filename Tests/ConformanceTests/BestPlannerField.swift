import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TraceImport

/// Interval planners with the same slots, target, schedule and predictor, replayed on all recordings that have more than
/// one step. Nothing of `best` is set by recording.
struct BestPlannerField: Sendable {
  struct Recording: Sendable {
    var title: String
    var files: [String]
    /// A name in `Imports`.
    var format: String
    var batching: Batching?
    var model: String
    /// Steps between plans, and of the predictor's window.
    var steps: Int
    var ranks = [8, 16]
    /// Experts per token, where the recording does not say.
    var topK: Int?

    /// - Parameter folder: of the recordings.
    func open(_ folder: String) throws -> any StepSource {
      var options = ImportOptions()
      options.topK = topK
      let imported = try Imports.named(format).open(files.map { "\(folder)/\($0)" }, options: options)
      return try imported.steps(batching: batching)
    }
  }

  struct Planner: Sendable {
    var name: String
    /// Its section besides its slots.
    var section: String
    var dispatch = "even"
  }

  /// Total time of each policy over static's, and what of that of `best` are moves that the model waited for.
  struct Row: Sendable {
    var title: String
    var times: [Double]
    var migration: Double

    /// The best of the others, and how much longer `best` takes than it.
    var rival: Int { times.dropLast().indices.min { times[$0] < times[$1] } ?? 0 }
    var behind: Double { (times.last ?? 0) / times[rival] - 1 }
  }

  var heading: String
  var planners: [Planner]
  var redundantSlotsPerRank: Int

  static let clusters = ["h100-ib", "h100-ib-low-latency"]

  private static func esft(_ title: String, _ tasks: [String]) -> Recording {
    Recording(
      title: title, files: tasks.map { "esft-\($0).npz" }, format: "routed-experts",
      batching: .prefill(tokensPerStep: 512), model: "deepseek-v2-lite", steps: 4)
  }

  static let recordings = [
    esft("ESFT intent", ["intent"]), esft("ESFT law", ["law"]), esft("ESFT translation", ["translation"]),
    esft("ESFT drift", ["intent", "law", "translation"]),
    Recording(
      title: "gpt-oss-20b decode", files: ["gpt-oss-20b-decode.npz"], format: "routed-experts",
      batching: .decode(sequences: 64, skip: 8), model: "gpt-oss-20b", steps: 64),
    Recording(
      title: "Mixtral MMLU", files: ["mixtral-8x7b-mmlu-fractions.json"], format: "expert-shares",
      batching: .prefill(tokensPerStep: 4096), model: "mixtral-8x7b", steps: 4, ranks: [4, 8], topK: 2),
  ]

  static let all = [
    BestPlannerField(
      heading: "One redundant slot on each rank",
      planners: [
        Planner(name: "eplb", section: "kind: eplb"),
        Planner(name: "fractional", section: "kind: fractional", dispatch: "weighted"),
        Planner(name: "even-share", section: "kind: even-share"),
        Planner(name: "incremental", section: "kind: incremental, maximumMoves: 4, balancedness: 0.95"),
        Planner(name: "duplicate-hottest", section: "kind: duplicate-hottest", dispatch: "weighted"),
        Planner(name: "flashlb", section: "kind: flashlb"), Planner(name: "swift", section: "kind: swift"),
        Planner(name: "biased", section: "kind: biased", dispatch: "atom"),
        Planner(name: "tensorrt", section: "kind: tensorrt"),
        Planner(name: "best", section: "kind: best", dispatch: "weighted"),
      ], redundantSlotsPerRank: 1),
    BestPlannerField(
      heading: "No redundant slots",
      planners: [
        Planner(name: "greedy", section: "kind: greedy"),
        Planner(name: "incremental", section: "kind: incremental, maximumMoves: 4, balancedness: 0.95"),
        Planner(name: "affinity", section: "kind: affinity"),
        Planner(name: "best", section: "kind: best", dispatch: "weighted"),
      ], redundantSlotsPerRank: 0),
  ]

  private func policy(_ planner: Planner, steps: Int) throws -> BalancingPolicy {
    let makesReplicas = !["greedy", "affinity"].contains(planner.name)
    let slots = makesReplicas ? ", redundantSlotsPerRank: \(redundantSlotsPerRank)" : ""
    let text = """
      name: \(planner.name)
      predictor: {kind: moving-average, window: \(steps)}
      planner: {\(planner.section)\(slots)}
      schedule: {kind: every, steps: \(steps), from: 4, migration: overlapped}
      dispatch: {kind: \(planner.dispatch)}
      """
    return try BalancingPolicy(settings: Settings(parsing: text, name: planner.name))
  }

  /// A row for each recording, cluster and number of ranks.
  ///
  /// - Parameters:
  ///   - folder: of the recordings.
  ///   - preset: gives a file of the clusters or models that ship.
  func rows(
    of recording: Recording, in folder: String, preset: @escaping (String) throws -> Settings
  ) throws -> [Row] {
    try Self.clusters.flatMap { cluster in
      try recording.ranks.map { ranks in
        let source = try recording.open(folder)
        let setting = try ReplaySetting(
          header: source.header, cluster: Cluster(settings: preset("clusters/\(cluster)")).resized(ranks: ranks),
          model: ModelShape(settings: preset("models/\(recording.model)")))
        let job = ReplayJob(
          setting: setting, baseline: .static, policies: try planners.map { try policy($0, steps: recording.steps) },
          seed: 0, threads: 2, open: { try recording.open(folder) })
        let policies = try job.run(on: source).result.policies
        let baseline = policies[0].time.total
        return Row(
          title: "\(recording.title) | \(cluster) | \(ranks)",
          times: policies.dropFirst().map { $0.time.total / baseline },
          migration: (policies.last?.time.migration ?? 0) / baseline)
      }
    }
  }

  func means(of rows: [Row]) -> [Double] {
    planners.indices.map { planner in rows.reduce(0) { $0 + $1.times[planner] } / Double(rows.count) }
  }

  /// A line of the table for each row, and the mean.
  func lines(of rows: [Row]) -> [String] {
    let found = rows.map { row -> String in
      let cells = row.times.map(Self.change) + [planners[row.rival].name, Self.change(1 + row.behind)]
      return "| \(row.title) | " + cells.joined(separator: " | ") + " |"
    }
    return found + ["| mean | | | " + means(of: rows).map(Self.change).joined(separator: " | ") + " | | |"]
  }

  /// A ratio of times as a percentage more or less.
  private static func change(_ ratio: Double) -> String {
    let text = String(format: "%.1f", abs(ratio - 1) * 100)
    return text == "0.0" ? text : (ratio < 1 ? "−" : "+") + text
  }
}

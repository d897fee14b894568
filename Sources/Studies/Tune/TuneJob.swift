import Diagnostics
import LoadBalancing
import Replay
import RoutingTrace

/// Searches policy, redundant slots, window and interval for the least total time within a memory budget.
///
/// All candidates ride on one decoding of the trace, and `static` is one of them. The result is the Pareto front of total
/// time, memory and moves, and of cost where it is known, of those that moved any expert.
public struct TuneJob {
  public struct Candidate: Codable, Equatable, Sendable {
    /// A policy and its changes, as `--policy` takes it.
    public var policy: String
    /// Microseconds, with moves.
    public var total: Double
    /// 1 − total / the static placement's.
    public var improvement: Double
    /// Over all MoE layers of the model, those that the trace lacks taken to be like the others.
    public var replicaBytesPerRank: Double
    public var movedExperts: Int
    /// Dollars; absent unless the cluster's file states a price, and the context is known.
    public var costPerMillionTokens: Double?

    package init(
      policy: String, total: Double, improvement: Double, replicaBytesPerRank: Double, movedExperts: Int,
      costPerMillionTokens: Double? = nil
    ) {
      self.policy = policy
      self.total = total
      self.improvement = improvement
      self.replicaBytesPerRank = replicaBytesPerRank
      self.movedExperts = movedExperts
      self.costPerMillionTokens = costPerMillionTokens
    }

    /// What is to be small.
    fileprivate var figures: [Double] {
      [total, replicaBytesPerRank, Double(movedExperts)] + [costPerMillionTokens].compactMap(\.self)
    }
  }

  public struct Outcome: Codable, Equatable, Sendable {
    /// Policies that were replayed and fit the memory, `static` among them.
    public var tried: Int
    /// Of these, those that moved nothing: `static` under another name, and not on the front.
    public var idle: Int
    /// No other candidate is at least as good in all of total, memory, moves and cost; fastest first.
    public var front: [Candidate]
    /// What the reader has to know to judge the figures.
    public var notes: [String]
  }

  /// Shipped policies that are worth varying, each a planner with the dispatch rule that suits it.
  public static let policies = [
    "greedy", "affinity", "incremental", "eplb", "layer-budget", "distribution-only", "fractional",
    "fractional-waterfill",
  ]
  static let redundantSlotsPerRank = [0, 1, 2]

  public let setting: ReplaySetting
  /// Bytes of replicas on a rank, over all MoE layers of the model, at most; nil for no limit.
  public let memory: Double?
  /// Steps between plans, and steps that the predictor averages over.
  public let intervals: [Int]
  public let windows: [Int]
  public let threads: Int
  /// Gives a policy by its name and changes, such as `eplb:window=16,steps=64`.
  private let policy: (String) throws -> BalancingPolicy

  public init(
    setting: ReplaySetting, memory: Double?, intervals: [Int], windows: [Int], threads: Int,
    policy: @escaping (String) throws -> BalancingPolicy
  ) {
    self.setting = setting
    self.memory = memory
    self.intervals = intervals
    self.windows = windows
    self.threads = threads
    self.policy = policy
  }

  /// - Throws: what `policy` throws; `InputError` (usage) if a candidate does not fit the trace or the cluster.
  public func run(on source: any StepSource) throws -> Outcome {
    let wanted = try Self.policies.flatMap(variants)
    let shortages = try wanted.map { try setting.shortage(of: $0) }
    let candidates = zip(wanted, shortages).filter { $0.1 == nil }.map(\.0)
    let job = ReplayJob(
      setting: setting, baseline: .static, policies: candidates, seed: 0, threads: threads)
    let heading = WorkProgress.begin("replaying \(candidates.count) candidates")
    defer { heading?.end() }
    let result = try job.run(on: source).result
    let measured = result.policies.map { result in
      Candidate(
        policy: result.name, total: result.time.total, improvement: result.improvement.total,
        replicaBytesPerRank: result.memory.replicaBytesPerRank,
        movedExperts: result.rebalances.movedExperts, costPerMillionTokens: result.cost?.perMillionTokens)
    }.filter { $0.replicaBytesPerRank <= memory ?? .infinity }
    let acting = measured.filter { $0.policy == BalancingPolicy.static.name || $0.movedExperts > 0 }
    return try Outcome(
      tried: measured.count, idle: measured.count - acting.count, front: Self.front(of: acting),
      notes: source.notes + Self.notes(result, shortages: shortages.compactMap(\.self))
        + setting.memoryNotes(of: .static)
        + result.sourceNotes
        + [
          setting.costNote(hasThroughput: result.policies[0].serving != nil), setting.notValidatedNote,
          setting.borrowedNote,
        ].compactMap(\.self))
  }

  /// What did not fit or was never in force, in few words: candidates differ in their numbers alone.
  private static func notes(_ result: ReplayResult, shortages: [String]) -> [String] {
    var notes =
      shortages.first.map {
        ["\(shortages.count) candidates are left out, as their redundant slots do not fit: \($0)."]
      } ?? []
    let waiting = result.policies.dropFirst().count { $0.rebalances.count == 0 }
    if waiting > 0 {
      notes.append("\(waiting) candidates never rebalanced: the trace ended first.")
    }
    return notes
  }

  private func variants(of name: String) throws -> [BalancingPolicy] {
    let header = setting.header
    var shipped = try policy(name)
    shipped.searches = AffinitySearches()
    if shipped.planner.needs.takeRecording, header.experts > Coactivation.maximumExperts { return [] }
    let slots: [Int?] = shipped.slotBudget == .onePerExpert ? [nil] : Self.redundantSlotsPerRank
    return try slots.flatMap { slots in
      try intervals.flatMap { interval in
        try windows.map { try shipped.varied(slotsPerRank: slots, window: $0, interval: interval) }
      }
    }
  }

  /// Those that none beats, the first of equals.
  package static func front(of candidates: [Candidate]) -> [Candidate] {
    candidates.enumerated().filter { position, candidate in
      !candidates.enumerated().contains { place, other in
        zip(other.figures, candidate.figures).allSatisfy { $0 <= $1 }
          && (other.figures != candidate.figures || place < position)
      }
    }.map(\.element).sorted { ($0.total, $0.replicaBytesPerRank) < ($1.total, $1.replicaBytesPerRank) }
  }
}

import Diagnostics
import LoadBalancing
import RoutingTrace

/// Searches planner, redundant slots, window and interval for the least total time within a memory budget.
///
/// All candidates ride on one decoding of the trace. The result is the Pareto front of total time, memory and moves.
public struct TuneJob {
  public struct Candidate: Codable, Equatable, Sendable {
    public var planner: String
    public var redundantSlotsPerRank: Int
    public var interval: Int
    /// Microseconds, with moves.
    public var total: Double
    /// 1 − total / the static placement's.
    public var improvement: Double
    public var replicaBytesPerRank: Double
    public var movedExperts: Int
  }

  public struct Outcome: Codable, Equatable, Sendable {
    public var tried: Int
    /// No other candidate is at least as good in all of total, memory and moves; fastest first.
    public var front: [Candidate]
  }

  /// Planners with the dispatch rule that their plans are made for.
  static let planners = [
    ("greedy", "even"), ("eplb", "even"), ("duplicate-hottest", "weighted"), ("fractional", "weighted"),
    ("fractional", "waterfill"), ("incremental", "even"),
  ]
  static let redundantSlots = [0, 1, 2]

  public let setting: ReplaySetting
  /// Bytes of replicas on a rank, at most; nil for no limit.
  public let memory: Double?
  public let intervals: [Int]
  public let threads: Int

  public init(setting: ReplaySetting, memory: Double?, intervals: [Int], threads: Int) {
    self.setting = setting
    self.memory = memory
    self.intervals = intervals
    self.threads = threads
  }

  public func run(on source: any StepSource) throws -> Outcome {
    let candidates = try self.candidates()
    let job = ReplayJob(
      setting: setting, baseline: .static, policies: candidates.map(\.policy), seed: 0, threads: threads, reopen: nil)
    let results = try job.run(on: source, digest: { nil }).result.policies.dropFirst()
    let measured = zip(candidates, results).compactMap { candidate, result -> Candidate? in
      if let memory, result.memory.replicaBytesPerRank > memory { return nil }
      return Candidate(
        planner: candidate.label, redundantSlotsPerRank: candidate.slots, interval: candidate.interval,
        total: result.time.total, improvement: result.improvement.total,
        replicaBytesPerRank: result.memory.replicaBytesPerRank, movedExperts: result.rebalances.movedExperts)
    }
    return Outcome(tried: measured.count, front: Self.front(of: measured))
  }

  private struct Trial {
    var label: String
    var slots: Int
    var interval: Int
    var policy: BalancingPolicy
  }

  private func candidates() throws -> [Trial] {
    let spread = setting.header.experts % setting.cluster.ranks == 0
    return try Self.planners.flatMap { planner, dispatch in
      try Self.redundantSlots.flatMap { slots -> [Trial] in
        guard planner == "greedy" ? slots == 0 && spread : slots > 0 else { return [] }
        return try intervals.map { interval in
          let budget = planner == "greedy" ? "" : ", redundantSlotsPerRank: \(slots)"
          let moves = planner == "incremental" ? ", maximumMoves: 4" : ""
          let label = dispatch == "waterfill" ? "\(planner) + waterfill" : planner
          let text = """
            name: \(label) \(slots) \(interval)
            predictor: {kind: moving-average, window: \(interval)}
            planner: {kind: \(planner)\(budget)\(moves)}
            schedule: {kind: every, steps: \(interval), migration: overlapped}
            dispatch: {kind: \(dispatch)}
            """
          let policy = try BalancingPolicy(settings: Settings(parsing: text, name: label)) { _ in "" }
          return Trial(label: label, slots: slots, interval: interval, policy: policy)
        }
      }
    }
  }

  static func front(of candidates: [Candidate]) -> [Candidate] {
    func figures(_ candidate: Candidate) -> [Double] {
      [candidate.total, candidate.replicaBytesPerRank, Double(candidate.movedExperts)]
    }
    return candidates.filter { candidate in
      !candidates.contains { other in
        let pairs = zip(figures(other), figures(candidate))
        return pairs.allSatisfy { $0 <= $1 } && figures(other) != figures(candidate)
      }
    }.sorted { ($0.total, $0.replicaBytesPerRank) < ($1.total, $1.replicaBytesPerRank) }
  }
}

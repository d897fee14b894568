import Diagnostics
import LoadBalancing
import Replay
import RoutingTrace

extension Screening {
  /// What redundant slots buy against failed ranks and what they cost, of one policy in so many slots.
  public struct Safety: Codable, Equatable, Sendable {
    /// As `--policy` takes it.
    public var policy: String
    public var redundantSlotsPerRank: Int
    /// Of the placement in force after the last step.
    public var resilience: Resilience
    /// Bytes of replicas on a rank, over all MoE layers of the model.
    public var replicaBytesPerRank: Double
    /// Microseconds of a step's replayed MoE layers, the mean over all steps, with what moves take.
    public var stepTime: Double
    /// Of the baseline's time over all steps, above 0 where it takes less.
    public var gain: Double
    /// Ends of its 95 % interval, as `PolicyResult.Improvement` has them; absent where the steps give none.
    public var gainLow: Double?
    public var gainHigh: Double?
    /// Why they give none; absent where they do, and for plans that never served.
    public var noInterval: String?
  }
}

/// Replays placements in more and more slots: without redundant ones, and with so many that half of the experts, all of
/// them once and all of them twice could have a further copy.
struct SafetyReading {
  let job: ScreenJob
  /// Steps of the recording that are looked at.
  let steps: Int

  private var setting: ReplaySetting { job.setting }
  private var experts: Int { setting.header.experts }
  private var ranks: Int { setting.cluster.ranks }
  /// Slots of a rank that its part of the experts takes.
  private var homeSlots: Int { (experts + ranks - 1) / ranks }

  /// - Returns: by slots, then `static`, `eplb` and `resilient`; and a note about those that cannot be, if any.
  func run() throws -> (rows: [Screening.Safety], notes: [String]) {
    var (policies, tooLarge) = ([BalancingPolicy](), [Int]())
    for slots in slotCounts {
      let candidates = try names(redundantSlotsPerRank: slots).map(served)
      let fitting = try candidates.filter(fits)
      if fitting.count < candidates.count { tooLarge.append(slots) }
      policies += fitting
    }
    let heading = WorkProgress.begin("asking what survives a failure (\(policies.count) tried)")
    defer { heading?.end() }
    let replay = ReplayJob(setting: setting, baseline: job.baseline, policies: policies, threads: job.threads)
    let result = try replay.run(on: job.open(job.selection)).result
    let left = tooLarge.map { "\($0)" }.joined(separator: ", ")
    let rows = result.policies.dropFirst().compactMap { Screening.Safety($0, steps: steps, homeSlots: homeSlots) }
    return (rows, left.isEmpty ? [] : ["Not looked at for resilience, for lack of memory: redundant slots \(left)."])
  }

  /// Redundant slots on a rank, ascending; none with which a rank would hold an expert twice.
  private var slotCounts: [Int] {
    let wanted = [0, experts / 2, experts, 2 * experts].map { ($0 + ranks - 1) / ranks }
    return Set(wanted).filter { $0 + homeSlots <= experts }.sorted()
  }

  private func names(redundantSlotsPerRank slots: Int) -> [String] {
    let interval = ScreenIntervals.start(half: steps) ?? 1
    let schedule = "redundantSlotsPerRank=\(slots),window=\(interval),steps=\(interval)"
    let copies = min(ranks, (experts + slots * ranks) / experts)
    let resilient = copies > 1 ? ["resilient:minimumCopies=\(copies),\(schedule)"] : []
    return ["static:redundantSlotsPerRank=\(slots)", "eplb:\(schedule)"] + resilient
  }

  private func served(_ name: String) throws -> BalancingPolicy {
    let policy = try job.policy(name)
    guard policy.predictor != nil else { return policy }
    return try policy.varied(for: job.target, knowsTokens: setting.header.content == .tokens)
  }

  private func fits(_ policy: BalancingPolicy) throws(InputError) -> Bool {
    let redundant = Double(try policy.slots(experts: experts, ranks: ranks) - experts) / Double(ranks)
    if let memory = job.memory, redundant * ScreenGrid.slotBytes(of: setting.model) > memory { return false }
    return try setting.shortage(of: policy, keptTokens: nil) == nil
  }
}

extension Screening.Safety {
  /// Nil where the result does not tell what survives.
  ///
  /// - Parameters:
  ///   - steps: that were replayed.
  ///   - homeSlots: of a rank, without redundant ones.
  fileprivate init?(_ policy: PolicyResult, steps: Int, homeSlots: Int) {
    guard let resilience = policy.resilience else { return nil }
    self.init(
      policy: policy.name, redundantSlotsPerRank: policy.memory.slotsPerRank - homeSlots, resilience: resilience,
      replicaBytesPerRank: policy.memory.replicaBytesPerRank, stepTime: policy.time.total / Double(max(1, steps)),
      gain: policy.improvement.total, gainLow: policy.improvement.totalLow, gainHigh: policy.improvement.totalHigh,
      noInterval: policy.improvement.totalLow == nil ? policy.improvement.noInterval : nil)
  }
}

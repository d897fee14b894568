import Diagnostics
import LoadBalancing
import Replay
import RoutingTrace

/// The search on the half of the recording that strategies are chosen on: all kinds at first, then what lies near the
/// best.
struct CandidateSearch {
  /// A strategy and what it came to.
  struct Tried: Sendable {
    var candidate: ScreenCandidate
    var result: PolicyResult

    var hasActed: Bool { result.rebalances.movedExperts > 0 }
    var hasRedundantSlots: Bool { (candidate.redundantSlotsPerRank ?? 0) > 0 }
    /// Nil for what is not ranked: it did nothing, or not for long enough.
    var gain: Double? { hasActed ? result.steady?.total : nil }
  }

  /// Rounds after the first, at most.
  private static let rounds = 3

  let grid: ScreenGrid
  let setting: ReplaySetting
  let baseline: BalancingPolicy
  let threads: Int
  /// Steps of the half.
  let half: Int
  /// Opens them from the first.
  let open: () throws -> any StepSource

  /// All that was tried, the best first; those that are not ranked last.
  ///
  /// - Parameter interval: to begin with.
  func run(from interval: Int) throws -> [Tried] {
    var tried = try replay(grid.first(interval: interval))
    for _ in 0..<Self.rounds {
      let best = Self.ranked(tried).first
      let fresh = try nearby(tried).filter { next in
        !tried.contains { $0.candidate.policy.name == next.policy.name }
      }
      guard !fresh.isEmpty else { break }
      tried += try replay(fresh)
      if Self.ranked(tried).first?.candidate.policy.name == best?.candidate.policy.name { break }
    }
    return Self.ranked(tried)
  }

  private func replay(_ candidates: [ScreenCandidate]) throws -> [Tried] {
    guard !candidates.isEmpty else { return [] }
    let heading = WorkProgress.begin("choosing (\(candidates.count) tried)")
    defer { heading?.end() }
    let job = ReplayJob(setting: setting, baseline: baseline, policies: candidates.map(\.policy), threads: threads)
    let result = try ReplayPass([job], threads: threads, open: open).run(on: open()).results[0][0]
    return zip(candidates, result.policies.dropFirst()).map { Tried(candidate: $0, result: $1) }
  }

  /// What differs from the best in one number, and what else the runner-up of another kind does with more slots.
  private func nearby(_ tried: [Tried]) throws -> [ScreenCandidate] {
    let ranked = Self.ranked(tried).filter { $0.gain != nil }
    guard let best = ranked.first?.candidate else { return [] }
    var near = ScreenIntervals.neighbours(of: best.interval, half: half).map {
      (best.base, best.redundantSlotsPerRank, $0, $0)
    }
    if 4 * best.interval <= half {
      near.append((best.base, best.redundantSlotsPerRank, 4 * best.interval, best.interval))
    }
    let copying = ranked.first(where: \.hasRedundantSlots)?.candidate
    if let copying, let slots = copying.redundantSlotsPerRank {
      near.append((copying.base, 2 * slots, copying.window, copying.interval))
    }
    return try near.compactMap { base, slots, window, interval in
      try grid.candidate(base, redundantSlotsPerRank: slots, window: window, interval: interval)
    }
  }

  /// By the steady gain; of equals what takes less memory, then what was tried first.
  static func ranked(_ tried: [Tried]) -> [Tried] {
    tried.enumerated().sorted { first, second in
      let (a, b) = (first.element, second.element)
      guard let gainA = a.gain, let gainB = b.gain else {
        return a.gain != nil && b.gain == nil || (a.gain == nil) == (b.gain == nil) && first.offset < second.offset
      }
      let (bytesA, bytesB) = (a.result.memory.replicaBytesPerRank, b.result.memory.replicaBytesPerRank)
      return (-gainA, bytesA, first.offset) < (-gainB, bytesB, second.offset)
    }.map(\.element)
  }
}

import Replay

/// Cells of the replay's table that say more than one figure.
enum ReplayCells {
  /// `7.72 s → 6.91 s`; for the baseline one time.
  @Sendable static func totalBeforeAndAfter(_ policy: PolicyResult, in result: ReplayResult) -> String? {
    let after = Readable.time(policy.time.total)
    guard let before = result.policies.first, before.name != policy.name else { return after }
    return "\(Readable.time(before.time.total)) → \(after)"
  }

  /// `6.91 s (10.5 % faster)`; for the baseline the time.
  @Sendable static func communication(_ policy: PolicyResult, in result: ReplayResult) -> String? {
    let time = Readable.time(policy.time.comm)
    return policy.name == result.baseline ? time : "\(time) (\(Readable.speed(policy.improvement.comm)))"
  }

  /// `24.1…27.0 % faster`, or `1.2 % slower…3.4 % faster, flips 12.0 %`.
  @Sendable static func priceRange(_ policy: PolicyResult, in result: ReplayResult) -> String? {
    let improvement = policy.improvement
    guard let low = improvement.totalPriceLow, let high = improvement.totalPriceHigh else { return nil }
    let flips = improvement.signFlips ?? 0
    return Readable.speeds(low...high) + (flips > 0 ? ", flips \(Readable.percent(flips))" : "")
  }

  /// `10.5 % faster (7.0…13.4)`.
  @Sendable static func steady(_ policy: PolicyResult, in result: ReplayResult) -> String? {
    policy.steady.map { Readable.speed($0.total, low: $0.totalLow, high: $0.totalHigh) }
  }

  /// `57 steps, 81.2 ms`, `~1,200 steps, 1.7 s` or `never`.
  @Sendable static func breakEven(_ policy: PolicyResult, in result: ReplayResult) -> String? {
    guard let breakEven = policy.breakEven else { return nil }
    guard let steps = breakEven.steps, let seconds = breakEven.seconds else { return "never" }
    let isLater = breakEven.extrapolated ?? false
    return "\(isLater ? "~" : "")\(Readable.count(steps, "step")), \(Readable.time(seconds * 1e6))"
  }

  /// `16`, or `15…18` where layers differ.
  @Sendable static func slotsPerRank(_ policy: PolicyResult, in result: ReplayResult) -> String? {
    guard let least = policy.memory.slotsPerRankByLayer?.min() else { return String(policy.memory.slotsPerRank) }
    return "\(least)…\(policy.memory.slotsPerRank)"
  }

  /// As executed and, where padding makes a difference, without it.
  @Sendable static func intensity(_ policy: PolicyResult, in result: ReplayResult) -> String? {
    policy.roofline.map { roofline in
      let executed = Readable.significant(roofline.intensity)
      let useful = roofline.usefulIntensity.map(Readable.significant) ?? executed
      return useful == executed ? executed : "\(executed) / \(useful)"
    }
  }

  /// Of communication and of total.
  @Sendable static func regret(_ policy: PolicyResult, in result: ReplayResult) -> String? {
    policy.regret.map { "\(Readable.signedPercent($0.comm)) / \(Readable.signedPercent($0.total))" }
  }
}

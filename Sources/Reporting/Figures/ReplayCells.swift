import Replay

/// Cells of the replay's table that say more than one figure.
enum ReplayCells {
  /// `7.72 s → 6.91 s`; for the baseline one time.
  @Sendable static func beforeAndAfter(_ policy: PolicyResult, in result: ReplayResult) -> String? {
    let after = Readable.time(policy.time.comm)
    guard let before = result.policies.first, before.name != policy.name else { return after }
    return "\(Readable.time(before.time.comm)) → \(after)"
  }

  /// `+10.5 % (7.0…13.4)`.
  @Sendable static func improvementWithInterval(_ policy: PolicyResult, in result: ReplayResult) -> String? {
    guard policy.name != result.baseline else { return nil }
    let improvement = Readable.signedPercent(policy.improvement.comm)
    guard let low = policy.improvement.commLow, let high = policy.improvement.commHigh else { return improvement }
    return "\(improvement) (\(percent(low))…\(percent(high)))"
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

  private static func percent(_ fraction: Double) -> String {
    let text = Readable.signedPercent(fraction)
    return String((text.hasPrefix("+") ? text.dropFirst() : text[...]).dropLast(2))
  }
}

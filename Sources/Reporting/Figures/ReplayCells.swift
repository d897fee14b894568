import Replay

/// Cells of the replay's table that say more than one figure.
enum ReplayCells {
  /// `10.5`, or with its interval `10.5 ± 3.1`.
  @Sendable static func improvement(_ policy: PolicyResult, in result: ReplayResult, _ scale: ColumnScale) -> String? {
    let improvement = policy.improvement
    return doubtful(improvement.total, improvement.totalLow, improvement.totalHigh, scale)
  }

  /// As `improvement`.
  @Sendable static func commImprovement(_ policy: PolicyResult, in result: ReplayResult, _ scale: ColumnScale)
    -> String?
  {
    let improvement = policy.improvement
    return doubtful(improvement.comm, improvement.commLow, improvement.commHigh, scale)
  }

  /// As `improvement`.
  @Sendable static func steady(_ policy: PolicyResult, in result: ReplayResult, _ scale: ColumnScale) -> String? {
    policy.steady.map { doubtful($0.total, $0.totalLow, $0.totalHigh, scale) }
  }

  /// - Parameters:
  ///   - low, high: as far below `value` as above it.
  private static func doubtful(_ value: Double, _ low: Double?, _ high: Double?, _ scale: ColumnScale) -> String {
    guard let low, let high else { return scale.text(value) }
    return "\(scale.text(value)) ± \(scale.text((high - low) / 2))"
  }

  /// `24.1…27.0`, or where other prices turn the sign `−1.2…3.4, flips 12.0`.
  @Sendable static func priceRange(_ policy: PolicyResult, in result: ReplayResult, _ scale: ColumnScale) -> String? {
    let improvement = policy.improvement
    guard let low = improvement.totalPriceLow, let high = improvement.totalPriceHigh else { return nil }
    let flips = improvement.signFlips ?? 0
    return "\(scale.text(low))…\(scale.text(high))" + (flips > 0 ? ", flips \(scale.text(flips))" : "")
  }

  /// `57`, `~1,200` or `never`.
  @Sendable static func breakEven(_ policy: PolicyResult, in result: ReplayResult, _ scale: ColumnScale) -> String? {
    guard let breakEven = policy.breakEven else { return nil }
    guard let steps = breakEven.steps else { return "never" }
    return (breakEven.extrapolated ?? false ? "~" : "") + Readable.count(steps)
  }

  /// `16`, or `15…18` where layers differ.
  @Sendable static func slotsPerRank(_ policy: PolicyResult, in result: ReplayResult, _ scale: ColumnScale) -> String? {
    guard let least = policy.memory.slotsPerRankByLayer?.min() else { return String(policy.memory.slotsPerRank) }
    return "\(least)…\(policy.memory.slotsPerRank)"
  }

  /// As executed and, where padding makes a difference, without it.
  @Sendable static func intensity(_ policy: PolicyResult, in result: ReplayResult, _ scale: ColumnScale) -> String? {
    policy.roofline.map { roofline in
      let executed = Readable.significant(roofline.intensity)
      let useful = roofline.usefulIntensity.map(Readable.significant) ?? executed
      return useful == executed ? executed : "\(executed) / \(useful)"
    }
  }

  /// Of communication and of total.
  @Sendable static func regret(_ policy: PolicyResult, in result: ReplayResult, _ scale: ColumnScale) -> String? {
    policy.regret.map { "\(scale.text($0.comm)) / \(scale.text($0.total))" }
  }
}

extension PolicyResult {
  /// 1 − this policy's time / the baseline's, with 95 % intervals; see `ImprovementInterval`.
  public struct Improvement: Codable, Equatable, Sendable {
    public var comm: Double
    public var commLow: Double?
    public var commHigh: Double?
    public var total: Double
    public var totalLow: Double?
    public var totalHigh: Double?
    /// Why an interval is absent; the total's reason where both are.
    public var noInterval: String?
    /// Between which 95 % of draws of prices leave the improvements; see `PriceDraws`. Absent where nothing is off.
    public var commPriceLow: Double?
    public var commPriceHigh: Double?
    public var totalPriceLow: Double?
    public var totalPriceHigh: Double?
    /// The part of the draws in which the total's improvement has the other sign.
    public var signFlips: Double?
  }
}

extension PolicyResult.Improvement {
  /// Without intervals.
  ///
  /// - Parameter baseline: nil for the baseline itself.
  init(of time: TimeTotals, over baseline: TimeTotals?) {
    self.init(comm: 0, total: 0)
    guard let baseline else { return }
    comm = Self.improvement(of: time.comm, over: baseline.comm)
    total = Self.improvement(of: time.total, over: baseline.total)
  }

  /// - Parameters:
  ///   - baseline: nil for the baseline itself.
  ///   - firstServing: steps over when the first plan served. What was before it happened once, and has no error;
  ///     nor have interruptions.
  init(of time: TimeTotals, over baseline: TimeTotals?, from firstServing: Int?, basis: IntervalBasis) {
    self.init(of: time, over: baseline)
    guard let baseline else { return }
    let steps = time.totalPerStep.count
    guard let firstServing, firstServing < steps else { return }
    do throws(ImprovementInterval.Refusal) {
      // One rank sends nothing, and what takes no time cannot be off.
      if baseline.comm > 0 {
        let doubt = try basis.doubt(of: time, over: baseline, \.commPerStep, in: firstServing..<steps) / baseline.comm
        (commLow, commHigh) = (comm - doubt, comm + doubt)
      }
    } catch { noInterval = error.reason }
    do throws(ImprovementInterval.Refusal) {
      let doubt = try basis.doubt(of: time, over: baseline, \.servedPerStep, in: firstServing..<steps) / baseline.total
      (totalLow, totalHigh) = (total - doubt, total + doubt)
    } catch { noInterval = error.reason }
  }

  private static func improvement(of value: Double, over baseline: Double) -> Double {
    baseline > 0 ? 1 - value / baseline : 0
  }
}

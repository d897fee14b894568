import LoadBalancing

/// What a policy gains once its plans serve, apart from what happens once.
///
/// The transient ends when the first plan serves in all layers and its moves are over. The steady state is the whole
/// intervals of the schedule after it, each from one plan's due time to the next, with the moves and predictions that its
/// steps wait for. A schedule that plans once has intervals of one step.
package struct SteadyState {
  /// Ordinals of its steps in the replay.
  package let steps: Range<Int>
  package let intervals: Int

  /// Nil when fewer than two whole intervals are left.
  ///
  /// - Parameters:
  ///   - firstServing: steps over when the first plan served; nil if none did.
  ///   - count: steps replayed.
  package init?(of schedule: RebalanceSchedule, firstServing: Int?, steps count: Int) {
    guard let firstServing else { return nil }
    let isDue = schedule.period == nil || schedule.isDue(afterStep: firstServing)
    guard let first = isDue ? firstServing : schedule.nextDue(afterStep: firstServing) else { return nil }
    let period = schedule.period ?? 1
    intervals = max(0, count - first) / period
    guard intervals >= 2 else { return nil }
    steps = first..<first + intervals * period
  }
}

extension PolicyReplay {
  var steadyState: SteadyState? {
    SteadyState(of: policy.schedule, firstServing: firstServing, steps: totals[0].time.totalPerStep.count)
  }
}

extension RebalanceSchedule {
  /// Steps from one due time to the next; nil for a schedule that plans once or never.
  var period: Int? {
    switch kind {
    case .never, .initial, .once, .everyLayer: nil
    case .every(let steps, _): steps
    case .threshold(_, let checkEvery): checkEvery
    case .cycle(let collect, let plan): collect + plan
    }
  }
}

extension PolicyResult {
  /// Improvement over the baseline in the whole intervals of the schedule after the first plan serves, without
  /// interruptions.
  public struct Steady: Codable, Equatable, Sendable {
    /// Steps over when it begins.
    public var from: Int
    public var steps: Int
    public var intervals: Int
    public var comm: Double
    public var commLow: Double?
    public var commHigh: Double?
    public var total: Double
    public var totalLow: Double?
    public var totalHigh: Double?
    /// Why an interval is absent; the total's reason where both are.
    public var noInterval: String?
  }
}

extension PolicyResult.Steady {
  /// Nil without a steady state, or where the baseline takes no time in it.
  package init?(_ state: SteadyState?, of time: TimeTotals, over baseline: TimeTotals, basis: IntervalBasis) {
    guard let state else { return nil }
    func sum(_ values: [Double]) -> Double { values[state.steps].reduce(0, +) }
    let before = (comm: sum(baseline.commPerStep), total: sum(baseline.servedPerStep))
    guard before.total > 0 else { return nil }
    self.init(
      from: state.steps.lowerBound, steps: state.steps.count, intervals: state.intervals,
      comm: before.comm > 0 ? 1 - sum(time.commPerStep) / before.comm : 0,
      total: 1 - sum(time.servedPerStep) / before.total)
    do throws(ImprovementInterval.Refusal) {
      if before.comm > 0 {
        let doubt = try basis.doubt(of: time, over: baseline, \.commPerStep, in: state.steps) / before.comm
        (commLow, commHigh) = (comm - doubt, comm + doubt)
      }
    } catch { noInterval = error.reason }
    do throws(ImprovementInterval.Refusal) {
      let doubt = try basis.doubt(of: time, over: baseline, \.servedPerStep, in: state.steps) / before.total
      (totalLow, totalHigh) = (total - doubt, total + doubt)
    } catch { noInterval = error.reason }
  }
}

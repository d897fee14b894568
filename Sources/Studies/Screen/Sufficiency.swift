import Replay

extension Screening {
  /// From how many steps on the verdict stood, or how many would make one.
  public struct Sufficiency: Codable, Equatable, Sendable {
    /// Steps of the held-back half after which the verdict was what it is, and stayed so; nil without a verdict.
    public var stoodFrom: Int?
    /// Steps of a recording that would be enough, if it goes on as it did; an estimate. Nil where more steps do not help,
    /// or with a verdict.
    public var steps: Int?
    /// The horizon in seconds that would be enough; nil where that is not what is missing.
    public var horizon: Double?
    /// Why it is not enough; nil with a verdict.
    public var shortage: String?
  }
}

/// Judges a strategy by its steady steps, and by the first of them.
package struct HeldBackJudge {
  /// Parts that the steps are cut into to see when the verdict stood.
  private static let parts = 16
  private static let mostSteps = 1e9
  /// Steps that tell as much as an independent one, at most, for their number to be told.
  private static let mostAlike = 500.0

  private let series: SteadySeries
  private let rule: VerdictRule
  private let breakEven: Double?

  /// - Parameter breakEven: seconds; nil for never.
  package init(_ series: SteadySeries, rule: VerdictRule, breakEven: Double?) {
    self.series = series
    self.rule = rule
    self.breakEven = breakEven
  }

  package var finding: Finding { finding(ofFirst: series.steps.count) }

  private func finding(ofFirst count: Int) -> Finding {
    let gain = try? series.improvement(ofFirst: count).range
    return rule.finding(of: Evidence(gain: gain, breakEven: breakEven))
  }

  /// Lengths of the subsamples, whole intervals, ascending; the last is all.
  private var lengths: [Int] {
    let intervals = series.steps.count / series.period
    let cuts = (1...Self.parts).map { max(1, intervals * $0 / Self.parts) * series.period }
    return Set(cuts.dropLast()).union([series.steps.count]).sorted()
  }

  package var sufficiency: Screening.Sufficiency {
    let finding = finding
    guard finding.verdict == .notEnoughEvidence else {
      let standing = lengths.reversed().prefix { self.finding(ofFirst: $0).verdict == finding.verdict }
      return .init(stoodFrom: series.steps.lowerBound + (standing.last ?? series.steps.count))
    }
    if finding == .paysTooLate {
      return .init(
        horizon: breakEven,
        shortage: breakEven == nil ? "it never pays for itself" : "it pays for itself after the horizon")
    }
    do throws(ImprovementInterval.Refusal) {
      let interval = try series.improvement(ofFirst: series.steps.count)
      return .init(steps: recording(holding: needed(interval)), shortage: "the interval is too wide for either verdict")
    } catch {
      return .init(steps: needed(error).flatMap(recording(holding:)), shortage: error.reason)
    }
  }

  /// Steady steps that would put the interval on one side: its width falls with their root.
  private func needed(_ interval: ImprovementInterval) -> Double {
    let toRecommend = interval.gain > 0 ? interval.halfWidth / interval.gain : .infinity
    let room = VerdictRule.leastWorthwhile - interval.gain
    let toRefuse = room > 0 ? interval.halfWidth / room : .infinity
    let ratio = min(toRecommend, toRefuse)
    return Double(series.steps.count) * ratio * ratio
  }

  private func needed(_ refusal: ImprovementInterval.Refusal) -> Double? {
    switch refusal {
    case .noBaseline: nil
    case .fewSteps: ImprovementInterval.leastEffectiveSteps
    case .fewBlocks(_, let lasting): 2 * Double(lasting)
    case .fewEffectiveSteps(let effective, let steps):
      // Steps that drift as far as they go are like none: how many it takes cannot be told from them.
      effective * Self.mostAlike > Double(steps)
        ? Double(steps) * ImprovementInterval.leastEffectiveSteps / effective : nil
    }
  }

  /// Steps of a recording whose half holds so many steady steps; nil for more than anyone records.
  private func recording(holding steady: Double) -> Int? {
    let steps = 2 * (Double(series.steps.lowerBound) + steady.rounded(.up))
    return steps < Self.mostSteps ? Int(steps) : nil
  }
}

import Replay

/// The steady steps of a strategy and of the baseline, one by one.
package struct SteadySeries {
  /// Ordinals of the steps in their half.
  package let steps: Range<Int>
  /// Steps of an interval of the schedule.
  let period: Int
  private let course: PolicyCourse
  private let baseline: PolicyCourse

  /// Nil without a steady state.
  package init?(_ course: PolicyCourse, over baseline: PolicyCourse) {
    guard let steady = course.steady else { return nil }
    steps = steady.steps
    period = steady.steps.count / max(1, steady.intervals)
    self.course = course
    self.baseline = baseline
  }

  /// The improvement in the first of the steps.
  ///
  /// - Parameter count: steps, at most all.
  package func improvement(ofFirst count: Int) throws(ImprovementInterval.Refusal) -> ImprovementInterval {
    let part = steps.prefix(count)
    return try ImprovementInterval(
      after: Array(course.time.totalPerStep[part]), before: Array(baseline.time.totalPerStep[part]),
      lasting: course.basis.lasting, recorded: course.basis.recorded)
  }

  /// Microseconds of a step, mean: under the strategy and under the baseline.
  var means: (after: Double, before: Double) {
    func mean(_ course: PolicyCourse) -> Double {
      course.time.totalPerStep[steps].reduce(0, +) / Double(max(1, steps.count))
    }
    return (mean(course), mean(baseline))
  }

  /// What the steps are made of.
  var priced: (after: PricedSteps, before: PricedSteps) {
    (PricedSteps(course.time, in: steps), PricedSteps(baseline.time, in: steps))
  }
}

/// What some steps of a policy are made of, microseconds: parts that prices scale, each as far as it shows in the total.
package struct PricedSteps {
  package struct Part {
    package var fixed: Double
    package var rate: Double

    var whole: Double { fixed + rate }
  }

  package let total: Double
  package let communication: Part
  /// Expert kernels that take longer for memory than for arithmetic.
  package let memory: Part
  /// The other expert kernels.
  package let arithmetic: Part
  /// Moves that the steps waited for.
  package let moves: Double

  init(_ time: TimeTotals, in steps: Range<Int>) {
    func part(_ path: KeyPath<PricedParts, PricedParts.Part>) -> Part {
      guard let last = steps.last else { return Part(fixed: 0, rate: 0) }
      let end = time.partsAfterStep[last][keyPath: path]
      guard steps.lowerBound > 0 else { return Part(fixed: end.fixed, rate: end.rate) }
      let start = time.partsAfterStep[steps.lowerBound - 1][keyPath: path]
      return Part(fixed: end.fixed - start.fixed, rate: end.rate - start.rate)
    }
    total = time.totalPerStep[steps].reduce(0, +)
    communication = part(\.shownCommunication)
    memory = part(\.shownMemory)
    let experts = part(\.shownExperts)
    arithmetic = Part(fixed: experts.fixed - memory.fixed, rate: experts.rate - memory.rate)
    moves = time.stallPerStep[steps].reduce(0, +)
  }
}

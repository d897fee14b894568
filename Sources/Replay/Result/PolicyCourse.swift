/// How a policy's time went, step by step, for those who judge it by a part of the replay.
package struct PolicyCourse: Sendable {
  package let time: TimeTotals
  /// Nil when fewer than two whole intervals are left after the first plan serves.
  package let steady: SteadyState?
  /// What intervals over its steps go by.
  package let basis: IntervalBasis

  package init(time: TimeTotals, steady: SteadyState?, basis: IntervalBasis) {
    self.time = time
    self.steady = steady
    self.basis = basis
  }
}

extension ReplayedJob {
  /// `[settings][policies]`, the baseline first.
  func courses(of passed: PassedSteps) -> [[PolicyCourse]] {
    job.settings.indices.map { index in
      views.map { views in
        let view = views[index]
        return PolicyCourse(
          time: view.totals.time, steady: view.replay.steadyState, basis: IntervalBasis(of: view.replay, in: passed))
      }
    }
  }
}

extension PolicyReplay {
  /// Keeps from now on what every step's prices may be off in.
  func keepParts() { for machine in totals.indices { totals[machine].keepParts() } }
}

extension IntervalBasis {
  init(of replay: PolicyReplay, in passed: PassedSteps) {
    self.init(
      lasting: max(passed.sequenceStay.mean, replay.policy.schedule.period ?? 1),
      recorded: passed.steps / passed.repeats)
  }
}

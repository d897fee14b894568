extension PolicyResult {
  /// When a policy has paid for itself: from which step on its steps took less time than the baseline's, all added up.
  public struct BreakEven: Codable, Equatable, Sendable {
    /// Whether it pays for itself at all: not unless it gains in the steady state.
    public var isReached: Bool
    /// Steps that are over by then; absent when it never is.
    public var steps: Int?
    /// Time that they take, of the layers replayed.
    public var seconds: Double?
    /// Whether that is later than the replay's end, if the steady state goes on.
    public var extrapolated: Bool?
  }
}

extension PolicyResult.BreakEven {
  private static let never = Self(isReached: false)

  /// Nil where nothing can be said: the policy did nothing, or is behind at the end and has no steady state.
  ///
  /// - Parameters:
  ///   - time: with `[steps]` totals as many as the baseline's.
  ///   - state: of the policy.
  package init?(of time: TimeTotals, over baseline: TimeTotals, steady state: SteadyState?) {
    let steps = time.totalPerStep.count
    guard steps > 0, time.totalPerStep != baseline.totalPerStep else { return nil }
    var behind = 0.0
    var elapsed = 0.0
    var ahead: (steps: Int, elapsed: Double)?
    for step in 0..<steps {
      behind += time.totalPerStep[step] - baseline.totalPerStep[step]
      elapsed += time.totalPerStep[step]
      if behind >= 0 { ahead = nil } else if ahead == nil { ahead = (step + 1, elapsed) }
    }
    guard let state else {
      guard let ahead else { return nil }
      self.init(isReached: true, steps: ahead.steps, seconds: ahead.elapsed / 1e6, extrapolated: false)
      return
    }
    let perStep = 1 / Double(state.steps.count)
    let took = time.servedPerStep[state.steps].reduce(0, +) * perStep
    let gain = baseline.servedPerStep[state.steps].reduce(0, +) * perStep - took
    if gain <= 0 {
      self = .never
    } else if let ahead {
      self.init(isReached: true, steps: ahead.steps, seconds: ahead.elapsed / 1e6, extrapolated: false)
    } else {
      // Strictly below: a deficit of exactly n steps' gain is paid back in the step after them.
      let more = (behind / gain).rounded(.down) + 1
      guard more < 1e15 else {
        self = .never
        return
      }
      self.init(
        isReached: true, steps: steps + Int(more), seconds: (elapsed + more * took) / 1e6, extrapolated: true)
    }
  }
}

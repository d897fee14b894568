import Replay

extension Finding {
  /// Of a policy that was replayed, by the same rule as `screen`. The steps that judge it are those that it was chosen by,
  /// where `screen` holds half of them back.
  ///
  /// - Parameter result: that the policy is in.
  public init(of policy: PolicyResult, in result: ReplayResult, horizon: Double = Horizon.usual) {
    if let drawn = result.trace.selection, drawn.steps < drawn.of {
      self = .stepsDrawn
      return
    }
    guard let steady = policy.steady else {
      self = .tooShort
      return
    }
    let gain = steady.totalLow.flatMap { low in steady.totalHigh.map { min(low, $0)...max(low, $0) } }
    self = VerdictRule(horizon: horizon).finding(of: Evidence(gain: gain, breakEven: policy.breakEven?.seconds))
  }
}

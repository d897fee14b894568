import Replay

extension Finding {
  /// Of a policy that was replayed, by the same rule as `screen`. The steps that judge it are those that it was chosen by,
  /// where `screen` holds half of them back.
  public init(of policy: PolicyResult, horizon: Double = Horizon.usual) {
    guard let steady = policy.steady else {
      self = .tooShort
      return
    }
    let gain = steady.totalLow.flatMap { low in steady.totalHigh.map { min(low, $0)...max(low, $0) } }
    self = VerdictRule(horizon: horizon).finding(of: Evidence(gain: gain, breakEven: policy.breakEven?.seconds))
  }
}

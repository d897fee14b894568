import Diagnostics
import LoadBalancing

extension BalancingPolicy {
  /// The same planner and dispatch with other numbers, named as `--policy` takes it.
  ///
  /// - Parameters:
  ///   - slotsPerRank: redundant ones; the planner's own budget when nil.
  ///   - window: steps that the moving average counts.
  ///   - interval: steps between plans, of which the first is as early as before.
  /// - Throws: `InputError` (usage) for a policy that has no such numbers.
  func varied(slotsPerRank: Int?, window: Int, interval: Int) throws(InputError) -> BalancingPolicy {
    guard case .every(_, let first) = schedule.kind, predictor?.window != nil else {
      let message = "is varied in its predictor's window and its schedule's steps: needs moving-average and every"
      throw InputError(message, in: "policy \(name)", status: .usage)
    }
    var policy = self
    if let slotsPerRank { policy.slotBudget = .redundantPerRank(slotsPerRank) }
    policy.predictor = MovingAveragePredictor.recipe(window: window)
    policy.schedule.kind = .every(steps: interval, from: first)
    let budget = slotsPerRank.map { "redundantSlotsPerRank=\($0)," } ?? ""
    policy.name = "\(name):\(budget)window=\(window),steps=\(interval)"
    return policy
  }

  /// The same policy with its plans for a target, and replicas chosen by the target's rule, named as `--policy` takes it:
  /// for one that was varied.
  ///
  /// - Parameter knowsTokens: whether more than loads is known.
  /// - Throws: as `serving(_:)`.
  func varied(for target: ServingTarget, knowsTokens: Bool) throws(InputError) -> BalancingPolicy {
    if target == .any { return self }
    let rule = target.replicaRule(knowsTokens: knowsTokens)
    var policy = try serving(target)
    policy.dispatch = rule.dispatch
    policy.name = "\(name),target=\(target.name),dispatch.kind=\(rule.name)"
    return policy
  }
}

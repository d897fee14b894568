import Diagnostics
import LoadBalancing

extension BalancingPolicy {
  /// The same planner and dispatch with other numbers, named as `--policy` takes it.
  ///
  /// - Parameters:
  ///   - slotsPerRank: redundant ones; the planner's own budget when nil.
  ///   - window: steps that the moving average counts.
  ///   - interval: steps between plans, of which the first is as early as before.
  ///   - target: what has to express the plans.
  /// - Throws: `InputError` (usage) for a policy that has no such numbers.
  func varied(
    slotsPerRank: Int?, window: Int, interval: Int, target: ServingTarget = .any
  ) throws(InputError) -> BalancingPolicy {
    guard case .every(_, let first) = schedule.kind, predictor?.window != nil else {
      let message = "is varied in its predictor's window and its schedule's steps: needs moving-average and every"
      throw InputError(message, in: "policy \(name)", status: .usage)
    }
    var policy = try serving(target)
    if let slotsPerRank { policy.slotBudget = .redundantPerRank(slotsPerRank) }
    policy.predictor = MovingAveragePredictor.recipe(window: window)
    policy.schedule.kind = .every(steps: interval, from: first)
    let budget = slotsPerRank.map { "redundantSlotsPerRank=\($0)," } ?? ""
    let suffix = target == .any ? "" : ",target=\(target.name)"
    policy.name = "\(name):\(budget)window=\(window),steps=\(interval)\(suffix)"
    return policy
  }
}

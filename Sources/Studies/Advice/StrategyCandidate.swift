import Diagnostics
import LoadBalancing

/// A strategy as `advise` tries it: a policy, and the part of visits that its predictor foresees one by one.
struct StrategyCandidate {
  static let none = StrategyCandidate(name: "none", redundantSlotsPerRank: 0, interval: nil, policy: .static)

  /// `none`, `distribution-only` or `token-to-expert`.
  let name: String
  /// Of a token-to-expert prediction, 0…1.
  var accuracy: Double?
  let redundantSlotsPerRank: Int
  /// Steps between plans; nil when nothing is planned.
  let interval: Int?
  let policy: BalancingPolicy

  /// Distribution-only prediction, planned from a moving average every `interval` steps: MoE-GPS's algorithm 1 spends the
  /// redundant slots; without any, experts are packed anew (`greedy`).
  static func distributionOnly(
    redundantSlotsPerRank slots: Int, interval: Int
  ) throws(InputError) -> StrategyCandidate {
    StrategyCandidate(
      name: "distribution-only", redundantSlotsPerRank: slots, interval: interval,
      policy: try BalancingPolicy(
        name: slots > 0 ? "distribution-only with \(slots) redundant" : "distribution-only", planner: planner(slots),
        predictor: MovingAveragePredictor.recipe(window: interval),
        schedule: RebalanceSchedule(.every(steps: interval, from: min(4, interval)), migration: .overlapped),
        dispatch: slots > 0 ? WeightedDispatch.init : EvenDispatch.init))
  }

  /// Token-to-expert prediction of this accuracy on a placement of distribution-only's: what is foreseen saves dispatch.
  static func tokenToExpert(accuracy: Double, on placement: StrategyCandidate) -> StrategyCandidate {
    StrategyCandidate(
      name: "token-to-expert", accuracy: accuracy, redundantSlotsPerRank: placement.redundantSlotsPerRank,
      interval: placement.interval, policy: placement.policy)
  }

  /// Token-to-expert prediction as MoE-GPS has it: every step is also planned for, from what is foreseen of it.
  static func tokenToExpert(
    accuracy: Double, redundantSlotsPerRank slots: Int
  ) throws(InputError) -> StrategyCandidate {
    StrategyCandidate(
      name: "token-to-expert", accuracy: accuracy, redundantSlotsPerRank: slots, interval: 1,
      policy: try BalancingPolicy(
        name: "token-to-expert with \(slots) redundant", planner: planner(slots),
        predictor: TokenToExpertPredictor.recipe(accuracy: accuracy, measuresAccuracy: false),
        schedule: RebalanceSchedule(.every(steps: 1, from: 0), migration: .overlapped),
        dispatch: WeightedDispatch.init))
  }

  private static func planner(_ slots: Int) -> any PlacementPlanner {
    slots > 0 ? DuplicateHottestPlanner(slotBudget: .redundantPerRank(slots)) : GreedyPlanner()
  }
}

import Diagnostics

/// What a serving system can express of a plan.
public struct ServingTarget: Equatable, Sendable {
  public var name: String
  /// Whether an expert's replicas may take unequal parts of its tokens, and be chosen by what ranks have to do.
  public var hasFreeShares: Bool
  /// Whether a rank may hold an expert twice.
  public var allowsDuplicates: Bool
  /// Whether layers may differ in their slots.
  public var allowsBudgets: Bool

  public init(_ name: String, hasFreeShares: Bool, allowsDuplicates: Bool, allowsBudgets: Bool) {
    self.name = name
    self.hasFreeShares = hasFreeShares
    self.allowsDuplicates = allowsDuplicates
    self.allowsBudgets = allowsBudgets
  }

  /// Whatever can be replayed.
  public static let any = ServingTarget("any", hasFreeShares: true, allowsDuplicates: true, allowsBudgets: true)

  private static func even(_ name: String, duplicates: Bool) -> ServingTarget {
    ServingTarget(name, hasFreeShares: false, allowsDuplicates: duplicates, allowsBudgets: false)
  }

  public static let registry = Registry<ServingTarget>(
    "target",
    [
      .init("any", "whatever can be replayed", .any),
      .init("sglang", "even shares", even("sglang", duplicates: true)),
      .init("vllm", "even shares", even("vllm", duplicates: true)),
      .init("tensorrt-llm", "even shares", even("tensorrt-llm", duplicates: true)),
      .init("vllm-ascend", "even shares, no expert twice on a rank", even("vllm-ascend", duplicates: false)),
    ])

  /// Why the target cannot serve what a policy plans; nil where it can.
  ///
  /// - Parameters:
  ///   - experts: of a layer.
  ///   - ranks: of the group.
  public func objection(to policy: BalancingPolicy, experts: Int, ranks: Int) -> String? {
    if !hasFreeShares, !policy.makeDispatch().splitsEvenly { return "splits an expert's tokens evenly" }
    let liberties = policy.planner.liberties
    if !allowsBudgets, liberties.contains(.budgets) { return "has as many slots in every layer" }
    let hasCopies = policy.slotBudget.wanted(experts: experts, ranks: ranks) > experts
    if !allowsDuplicates, hasCopies, liberties.contains(.doubles) { return "holds no expert twice on a rank" }
    return nil
  }
}

import LoadBalancing

/// What `plan` found.
public struct PlanOutcome: Sendable {
  public var plan: PlannedPlacement
  /// What must move from the plan in force, if one was named.
  public var difference: PlanDifference?
  /// How even it is as its system serves it, beside others.
  public var served: ServedPlans
  /// What the reader has to know of how the load's steps were chosen, and of how the plans were judged.
  public var notes: [String]

  public init(plan: PlannedPlacement, difference: PlanDifference?, served: ServedPlans, notes: [String]) {
    self.plan = plan
    self.difference = difference
    self.served = served
    self.notes = notes
  }
}

import LoadBalancing

/// How even plans are as a serving system serves them, and what has to move for each: the new plan first, then those that
/// it has to compare with.
public struct ServedPlans: Equatable, Sendable {
  public struct Layer: Equatable, Sendable {
    /// The layer's number in the model.
    public var layer: Int
    /// Mean / most loaded rank, mean over steps; nil for a layer without tokens.
    public var balancedness: Double?
    /// Experts that some rank must fetch, counted once for each rank.
    public var movedExperts: Int
  }

  public struct Plan: Equatable, Sendable {
    public var name: String
    /// Of the layer that has most.
    public var slots: Int
    /// As a replay's `balancedness.rank`: mean over steps and layers.
    public var balancedness: Double?
    public var perLayer: [Layer]
    public var resilience: Resilience

    public var movedExperts: Int { perLayer.reduce(0) { $0 + $1.movedExperts } }
    /// The least even layer, the first of several.
    public var worst: Layer? {
      perLayer.filter { $0.balancedness != nil }.min { ($0.balancedness ?? 0) < ($1.balancedness ?? 0) }
    }
  }

  /// Name in `ServingTarget.registry`.
  public var target: String
  /// Name in `DispatchRules` of the rule that replicas are chosen by.
  public var replicaRule: String
  /// Steps that were replayed; nil where a load is taken as one step.
  public var steps: Int?
  /// The new plan, `static`, `greedy` and `eplb`.
  public var plans: [Plan]
  public var notes: [String]

  public init(target: String, replicaRule: String, steps: Int?, plans: [Plan], notes: [String] = []) {
    self.target = target
    self.replicaRule = replicaRule
    self.steps = steps
    self.plans = plans
    self.notes = notes
  }

  /// What to say of a plan that is less even than `greedy`: by how much, and which is the most even of the others.
  public var warning: String? {
    guard let plan = plans.first, let greedy = plans.first(where: { $0.name == "greedy" }),
      let balance = plan.balancedness, let wanted = greedy.balancedness, balance < wanted - 1e-9
    else { return nil }
    let better = plans.dropFirst().max { ($0.balancedness ?? 0) < ($1.balancedness ?? 0) } ?? greedy
    let figures = [balance, wanted].map { Self.figure($0) }
    let advice = better.name == greedy.name ? "" : " (\(Self.figure(better.balancedness ?? 0)))"
    return "as \(target) serves it the plan is less even than greedy, \(figures[0]) against \(figures[1]); "
      + "use --policy \(better.name)\(advice)"
  }

  private static func figure(_ value: Double) -> String { String((value * 1e4).rounded() / 1e4) }
}

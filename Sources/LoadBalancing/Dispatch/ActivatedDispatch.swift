import Diagnostics

/// METRO's rule: all visits to an expert go to one of its replicas, so that the rank with the most experts to read has
/// as few as can be. It evens out experts, not tokens.
///
/// The top-k of all ranks has to be known before a token goes. How the replicas are chosen: `ActivatedAssignment`.
///
/// Which experts are visited at all is what loads tell, too, so that on counts the rule chooses as it does on tokens.
///
/// Source: arXiv 2512.09277.
///
/// - Complexity: that of `ActivatedAssignment`, plus O(visits).
public struct ActivatedDispatch: ReplicaDispatch {
  private var assignment: ActivatedAssignment
  /// `[experts]` whether any token of the step visits it.
  private var isActivated: [Bool] = []

  public let overheadMicroseconds: Double

  /// - Parameters:
  ///   - isExact: whether no other choice of replicas has a lower greatest number of experts, rather than a choice in one
  ///     pass.
  ///   - overheadMicroseconds: to gather the top-k of all ranks and to choose, per step and layer.
  public init(isExact: Bool = false, overheadMicroseconds: Double = 0) {
    self.init(isExact ? .exact : .greedy, overheadMicroseconds)
  }

  private init(_ solver: ActivatedAssignment.Solver, _ overheadMicroseconds: Double) {
    assignment = ActivatedAssignment(solver: solver)
    self.overheadMicroseconds = overheadMicroseconds
  }

  static func recipe(_ settings: Settings) throws(InputError) -> DispatchRecipe {
    var solver = ActivatedAssignment.Solver.greedy
    if settings.contains("solve") {
      let name = try settings.choice("solve", of: ActivatedAssignment.Solver.allCases.map(\.rawValue))
      solver = ActivatedAssignment.Solver(rawValue: name) ?? .greedy
    }
    let overhead = try settings.optionalNumber("overheadMicroseconds", in: 0...1e9) ?? 0
    return { [solver] in ActivatedDispatch(solver, overhead) }
  }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    isActivated.refill(false, count: context.placement.experts)
    for visit in experts.indices { isActivated[Int(experts[visit])] = true }
    assignment.solve(on: context.placement) { [isActivated] in isActivated[$0] }
    for visit in experts.indices { slots[visit] = assignment.slots[Int(experts[visit])] }
  }

  public var dependsOnSource: Bool { false }

  /// All to the one replica of an expert with any load; the same to all of one without.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    var (assignment, shares) = (assignment, context.placement.evenShares)
    assignment.solve(on: context.placement) { load[$0] > 0 }
    for (slot, expert) in context.placement.physicalToLogical.enumerated() where load[expert] > 0 {
      shares[slot] = slot == Int(assignment.slots[expert]) ? 1 : 0
    }
    return shares
  }
}

/// Visits go where the layer's exact plan has them.
///
/// - Complexity: O(visits · parts of an expert), after O(ranks · parts).
public struct PlannedDispatch: ReplicaDispatch {
  /// Of each source of each expert of several parts, where its visits are; kept for the next layer's.
  var turns: [MixedOrder] = []
  /// `[experts]` where its turns begin, `[ranks]` of them.
  var firstTurn: [Int] = []

  public init() {}

  public var dependsOnSource: Bool { true }
  public var followsExactPlan: Bool { true }

  /// Of the plan, which a recording of loads alone has none of: even, then.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    guard let layer = context.exact else { return context.placement.evenShares }
    var shares = Array(repeating: 0.0, count: context.placement.slots)
    for expert in 0..<context.placement.experts {
      let parts = layer.plan.parts(ofExpert: expert)
      let counts = parts.map { layer.plan.visits(toPart: $0, from: source) ?? 1 }
      let sum = Double(counts.reduce(0, +))
      for (part, count) in zip(parts, counts) where sum > 0 { shares[layer.slots[part]] = Double(count) / sum }
      if sum == 0, let first = context.placement.slots(ofExpert: expert).first { shares[first] = 1 }
    }
    return shares
  }
}

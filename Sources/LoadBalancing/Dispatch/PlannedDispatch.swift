/// Visits go where the layer's exact plan has them.
///
/// - Complexity: O(visits · parts of an expert), after O(ranks · parts).
public struct PlannedDispatch: ReplicaDispatch {
  /// Where the visits of one source and one expert are.
  private struct Turn {
    var order: MixedOrder?
    var given = 0
  }

  public init() {}

  /// - Precondition: `context.exact` is the layer's plan, made of these visits.
  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    guard let layer = context.exact else { preconditionFailure("visits are dispatched as planned without a plan") }
    let plan = layer.plan
    // By expert of several parts and source.
    var turnsOfExpert = Array(repeating: -1, count: plan.firstPart.count - 1)
    var turns: [Turn] = []
    for expert in turnsOfExpert.indices where plan.parts(ofExpert: expert).count > 1 {
      turnsOfExpert[expert] = turns.count
      let parts = plan.parts(ofExpert: expert)
      for source in 0..<plan.ranks {
        let count = parts.reduce(0) { $0 + (plan.visits(toPart: $1, from: source) ?? 0) }
        turns.append(Turn(order: plan.order == .mixed ? MixedOrder(count: count, source: source) : nil))
      }
    }
    for token in sources.indices {
      let source = Int(sources[token])
      for visit in context.visits(ofToken: token) {
        let expert = Int(experts[visit])
        let parts = plan.parts(ofExpert: expert)
        var part = parts.lowerBound
        if parts.count > 1 {
          let turn = turnsOfExpert[expert] + source
          var place = turns[turn].order?.next() ?? turns[turn].given
          turns[turn].given += 1
          while let count = plan.visits(toPart: part, from: source), place >= count {
            place -= count
            part += 1
          }
        }
        slots[visit] = UInt16(truncatingIfNeeded: layer.slots[part])
      }
    }
  }

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

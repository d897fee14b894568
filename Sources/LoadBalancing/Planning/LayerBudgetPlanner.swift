/// Spends the redundant slots of all layers where they lower the hottest ranks most, as CRAFT does, with any planner
/// that makes replicas: a flat layer gives its slots to a skewed one, and a rank's memory is the same.
///
/// Every layer is planned with each number of slots per rank that it might get, from none redundant to twice the even
/// part and at least 4, and the numbers are chosen that make the sum over layers of the most loaded rank least, or of
/// the time of a step where a machine is known (`PlacementPrice`), since a replica is also one more expert to read.
/// That is a knapsack, solved exactly; CRAFT takes the largest gain at a time, which stops short where only a layer's
/// second replica helps. Among equals the fewer slots are taken, so that the budget need not be spent.
///
/// - Complexity: that of the planner for each number of slots, and O(layers · budget · numbers).
public struct LayerBudgetPlanner: PlacementPlanner {
  public let planner: any PlacementPlanner

  /// - Parameter planner: one that makes replicas.
  public init(_ planner: any PlacementPlanner) { self.planner = planner }

  public var slotBudget: SlotBudget { planner.slotBudget }
  public var needs: PlanningNeeds { planner.needs.union(.costs) }
  public var liberties: PlanLiberties { planner.liberties.union(.budgets) }

  /// - Returns: a placement whose layers differ in their slots, `shape.slots` of a layer on average at most.
  public func plan(_ context: PlanningContext) throws -> Placement {
    let shape = context.shape
    let least = planner.leastSlotsPerRank(experts: shape.experts, ranks: shape.ranks)
    guard least <= shape.slotsPerRank else { return try planner.plan(context) }
    let evenPart = shape.slotsPerRank - least
    let most = min(max(2 * evenPart, 4), evenPart * shape.layers, shape.experts - least)
    let plans = try (0...max(0, most)).map { redundant in
      var narrowed = context
      narrowed.shape.slots = (least + redundant) * shape.ranks
      return try planner.plan(narrowed)
    }
    let costs = context.price.map { Self.costs(of: plans, context, $0) } ?? Self.costs(of: plans, context.load)
    let chosen = SlotKnapsack(costs: costs).choice(budget: evenPart * shape.layers)
    return Placement(ranks: shape.ranks, layers: chosen.enumerated().map { plans[$1].layers[$0] })
  }

  /// `[layers][plans]` tokens of the most loaded rank, in millionths of a layer's mean over ranks, so that what differs
  /// by rounding alone is equal.
  private static func costs(of plans: [Placement], _ load: ExpertLoad) -> [[Int]] {
    let mean = load.values.reduce(0, +) / Double(max(1, load.layers) * (plans.first?.ranks ?? 1))
    return (0..<load.layers).map { layer in
      plans.map { plan in
        let peak = plan.layers[layer].rankLoads(of: load[layer]).max() ?? 0
        return mean > 0 ? Int((peak / mean * 1e6).rounded()) : 0
      }
    }
  }

  /// `[layers][plans]` time of a step in picoseconds, likewise.
  private static func costs(
    of plans: [Placement], _ context: PlanningContext, _ price: PlacementPrice
  ) -> [[Int]] {
    (0..<context.load.layers).map { layer in
      plans.map { plan in
        let time = price.time(
          of: plan.layers[layer], load: context.load[layer], ranksPerNode: context.shape.ranksPerNode)
        return Int((min(time, 1e9) * 1e6).rounded())
      }
    }
  }
}

/// Spends the redundant slots of all layers where they lower the hottest ranks most, as CRAFT does, with any planner that
/// makes replicas: a flat layer gives its slots to a skewed one, and a rank's memory is the same.
///
/// Every layer is planned with each number of slots per rank that it might get, from none redundant to twice the even
/// part and at least 4, and the numbers are chosen that make the sum over layers of the most loaded rank least. That is a
/// knapsack, solved exactly; CRAFT takes the largest gain at a time, which stops short where only a layer's second
/// replica helps. Among equals the fewer slots are taken, so that the budget need not be spent.
///
/// - Complexity: that of the planner for each number of slots, and O(layers · budget · numbers).
public struct LayerBudgetPlanner: PlacementPlanner {
  public let planner: any PlacementPlanner

  /// - Parameter planner: one that makes replicas.
  public init(_ planner: any PlacementPlanner) { self.planner = planner }

  public var slotBudget: SlotBudget { planner.slotBudget }
  public var needsLoad: Bool { planner.needsLoad }

  /// - Returns: a placement whose layers differ in their slots, `shape.slots` of a layer on average at most.
  public func plan(_ load: ExpertLoad, shape: PlacementShape, current: Placement) throws -> Placement {
    let least = (shape.experts + shape.ranks - 1) / shape.ranks
    let evenPart = shape.slotsPerRank - least
    let most = min(max(2 * evenPart, 4), evenPart * shape.layers, shape.experts - least)
    let plans = try (0...max(0, most)).map { redundant in
      var shape = shape
      shape.slots = (least + redundant) * shape.ranks
      return try planner.plan(load, shape: shape, current: current)
    }
    let costs = Self.costs(of: plans, load)
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
}

/// Chooses how many units each layer gets, at the least total cost within a budget.
struct SlotKnapsack {
  /// `[layers][units]` cost of a layer with that many units.
  let costs: [[Int]]

  /// `[layers]` units of each layer, `budget` in all at most, the fewest among equals.
  func choice(budget: Int) -> [Int] {
    // least[b] is the least cost of the layers so far within b units; chosen[layer][b] what the layer takes of them.
    var least = Array(repeating: 0, count: budget + 1)
    var chosen: [[Int]] = []
    for cost in costs {
      var next = least
      var taken = Array(repeating: 0, count: budget + 1)
      for room in 0...budget {
        next[room] = cost[0] + least[room]
        for units in 1..<max(1, min(cost.count, room + 1)) where cost[units] + least[room - units] < next[room] {
          next[room] = cost[units] + least[room - units]
          taken[room] = units
        }
      }
      least = next
      chosen.append(taken)
    }
    var room = least.firstIndex(of: least[budget]) ?? budget
    return chosen.reversed().map { taken in
      defer { room -= taken[room] }
      return taken[room]
    }.reversed()
  }
}

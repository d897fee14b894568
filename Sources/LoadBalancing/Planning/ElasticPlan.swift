import Diagnostics

/// SGLang's `elasticity_aware` plan after ranks have died: EPLB's global plan over the slots of those alive, laid on them
/// in their order. All experts may move.
///
/// It is no planner: a `Placement` has experts on every rank, and so has a replay. Ranks that leave a job are changed by
/// its own account of changes; this says what SGLang would plan then.
///
/// Source: sgl-project/sglang, python/sglang/srt/eplb/eplb_algorithms/elasticity_aware.py at 8db677ee.
public enum ElasticPlan {
  /// - Parameters:
  ///   - load: `[layers][experts]` tokens.
  ///   - shape: of all ranks, dead ones included; as hierarchical as EPLB is where all are alive.
  ///   - dead: ranks.
  /// - Returns: `[layers][slots]` experts; nil on dead ranks.
  /// - Throws: `InputError` (usage) if a dead rank is none, or the slots alive cannot hold all experts.
  public static func plan(_ load: ExpertLoad, shape: PlacementShape, dead: Set<Int>) throws(InputError) -> [[Int?]] {
    guard dead.allSatisfy({ 0..<shape.ranks ~= $0 }) else {
      throw InputError("dead ranks are to be below \(shape.ranks)", status: .usage)
    }
    let alive = (0..<shape.ranks).filter { !dead.contains($0) }
    var narrow = shape
    narrow.ranks = alive.count
    narrow.slots = alive.count * shape.slotsPerRank
    if !dead.isEmpty { (narrow.nodes, narrow.groups) = (1, 1) }
    guard narrow.slots >= shape.experts else {
      throw InputError(
        "\(narrow.slots) slots on the ranks alive cannot hold \(shape.experts) experts", status: .usage)
    }
    let plan = try EPLBPlanner(slotBudget: .total(narrow.slots)).plan(PlanningContext(load: load, shape: narrow))
    return plan.layers.map { layer in
      var slots = [Int?](repeating: nil, count: shape.slots)
      for (block, rank) in alive.enumerated() {
        for place in 0..<shape.slotsPerRank {
          slots[rank * shape.slotsPerRank + place] = layer.physicalToLogical[block * shape.slotsPerRank + place]
        }
      }
      return slots
    }
  }
}

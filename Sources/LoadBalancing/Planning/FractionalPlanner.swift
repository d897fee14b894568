import Diagnostics

/// Replicas with unequal shares, so that every rank is planned the same load: see `SplittablePacking`.
///
/// With at least ranks − 1 redundant slots the planned load is perfectly even. With fewer, the lowest capacity at which
/// everything fits is searched, and the better is kept of that packing and EPLB's, both with the best shares that any
/// split over their replicas has (`MinMaxAssignment`): so it is never worse than EPLB on the planned load. No expert is
/// twice on a rank. Needs weighted dispatch; slots that the packing leaves over hold hot experts, with share 0.
///
/// Bins are given to the ranks that hold most of their experts already, so that little is moved.
///
/// - Complexity: per layer that of `SplittablePacking`, 40 times of it and of `EPLBPlanner` when slots are scarce.
public struct FractionalPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget

  public init(slotBudget: SlotBudget) { self.slotBudget = slotBudget }

  /// - Throws: `InputError` (usage) if a rank has more slots than there are experts.
  public func plan(_ load: ExpertLoad, shape: PlacementShape, current: Placement) throws(InputError) -> Placement {
    guard shape.slotsPerRank <= shape.experts else {
      let message =
        "\(shape.slotsPerRank) slots per rank for \(shape.experts) experts; an expert is at most once on a rank"
      throw InputError(message, status: .usage)
    }
    var packing = SplittablePacking(experts: shape.experts, ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
    var matching = RankMatching(experts: shape.experts, ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
    let fallback =
      packing.isPerfect ? nil : try EPLBPlanner(slotBudget: slotBudget).plan(load, shape: shape, current: current)
    var layers: [LayerPlacement] = []
    layers.reserveCapacity(shape.layers)
    for layer in 0..<shape.layers {
      packing.take(load[layer])
      var best: LayerPlacement
      if packing.isPerfect {
        let isPacked = packing.pack(capacity: packing.mean)
        precondition(isPacked, "n ≤ m(k − 1) + 1 suffices for the mean")
        best = Self.layer(experts: packing.experts, parts: packing.parts, packing, shape)
      } else {
        best = Self.scarce(&packing, eplb: fallback!.layers[layer], shape)
      }
      matching.match(best, to: current.layers[layer])
      layers.append(matching.relabelled(best))
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  /// The lowest capacity at which the packing succeeds, found by bisection, against EPLB's placement without its repeats.
  private static func scarce(
    _ packing: inout SplittablePacking, eplb: LayerPlacement, _ shape: PlacementShape
  ) -> LayerPlacement {
    var without = eplb.physicalToLogical
    for slot in without.indices {
      let rankStart = slot / shape.slotsPerRank * shape.slotsPerRank
      if without[rankStart..<slot].contains(without[slot]) { without[slot] = -1 }
    }
    var best = evened(experts: without, packing, shape)
    var low = packing.mean
    var high = best.level
    for _ in 0..<24 where low < high {
      let capacity = low + (high - low) / 2
      guard packing.pack(capacity: capacity) else {
        low = capacity + 1
        continue
      }
      let candidate = evened(experts: packing.experts, packing, shape)
      if candidate.level < best.level { best = candidate }
      high = min(capacity, best.level)
    }
    return best.layer
  }

  /// A placement with the best shares it can have, and its most loaded rank.
  private static func evened(
    experts: [Int], _ packing: SplittablePacking, _ shape: PlacementShape
  ) -> (level: Int, layer: LayerPlacement) {
    let map = filled(experts, packing, shape)
    var assignment = MinMaxAssignment()
    let equal = LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: map)
    var graph = ReplicaGraph()
    graph.make(for: equal)
    packing.weights.withUnsafeBufferPointer { assignment.solve($0, on: graph) }
    let parts = assignment.tokens(on: graph, slots: map.count)
    return (assignment.level, layer(experts: map, parts: parts, packing, shape))
  }

  private static func layer(
    experts: [Int], parts: [Int], _ packing: SplittablePacking, _ shape: PlacementShape
  ) -> LayerPlacement {
    let map = filled(experts, packing, shape)
    var isPlaced = Array(repeating: false, count: shape.experts)
    var shares = Array(repeating: 0.0, count: map.count)
    for (slot, expert) in map.enumerated() {
      if packing.weights[expert] > 0 {
        shares[slot] = Double(parts[slot]) / Double(packing.weights[expert])
      } else if !isPlaced[expert] {
        shares[slot] = 1
        isPlaced[expert] = true
      }
    }
    return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: map, shares: shares)
  }

  /// `experts` with every -1 replaced by the heaviest expert that its rank does not hold.
  private static func filled(_ experts: [Int], _ packing: SplittablePacking, _ shape: PlacementShape) -> [Int] {
    var map = experts
    for rank in 0..<shape.ranks {
      let slots = rank * shape.slotsPerRank..<(rank + 1) * shape.slotsPerRank
      var heavier = shape.experts
      for slot in slots where map[slot] < 0 {
        repeat { heavier -= 1 } while map[slots].contains(packing.expert(ofAscendingLoad: heavier))
        map[slot] = packing.expert(ofAscendingLoad: heavier)
      }
    }
    return map
  }
}

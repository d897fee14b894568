import Diagnostics

/// TensorRT-LLM's planner: redundant slots to the experts with the most load per copy, copies packed longest first.
///
/// With a co-occurrence part its example's variant: up to that part of a rank is filled with experts that are chosen
/// together (`TogetherPacking`). An expert may come to lie twice on a rank; groups and nodes are not regarded.
///
/// Source: NVIDIA/TensorRT-LLM, cpp/tensorrt_llm/runtime/moeLoadBalancer/moeLoadBalancer.cpp at 0d919a4f, and
/// examples/wide_ep/ep_load_balancer at 6bf781a4.
///
/// - Complexity: O(slots · (experts + ranks)) per layer.
public struct TensorRTPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget
  /// The part of a rank's slots and mean load that is filled by co-occurrence, above 0 and at most 1; nil for none.
  public let cooccurrence: Double?

  public init(slotBudget: SlotBudget, cooccurrence: Double? = nil) {
    self.slotBudget = slotBudget
    self.cooccurrence = cooccurrence
  }

  init(settings: Settings) throws(InputError) {
    self.init(
      slotBudget: try SlotBudget(settings: settings),
      cooccurrence: try settings.optionalNumber("cooccurrence", in: 0.01...1))
  }

  public var needs: PlanningNeeds { cooccurrence == nil ? .load : [.load, .coactivation] }

  /// - Throws: `InputError` (usage) if co-occurrence is asked for and the trace does not say what was chosen together.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    let shape = context.shape
    let knowsPairs = context.coactivation.map { $0.tokens > 0 } ?? false
    guard cooccurrence == nil || knowsPairs || context.load.values.allSatisfy({ $0 == 0 }) else {
      throw InputError(
        "cooccurrence: needs steps of tokens before the plan; counts do not say which experts are chosen together",
        status: .usage)
    }
    let layers = (0..<shape.layers).map { layer in
      let rows = rows(Array(context.load[layer]), together: knowsPairs ? context.coactivation?[layer] : nil, shape)
      return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: rows.flatMap { $0 })
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  private func rows(_ load: [Double], together: [Double]?, _ shape: PlacementShape) -> [[Int]] {
    let copies = Self.copies(load, slots: shape.slots)
    let shares = zip(load, copies).map { $0 / Double($1) }
    if let cooccurrence, let together {
      var packing = TogetherPacking(
        shares, copies: copies, together: together, ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
      let mean = load.reduce(0, +) / Double(shape.ranks)
      return packing.pack(alpha: cooccurrence, mean: mean, slotsPerRank: shape.slotsPerRank)
    }
    var packing = LongestFirst(ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
    packing.pack(shares, copies: copies)
    return packing.held
  }

  /// Without any load as many of each as there can be, the first ones one more.
  private static func copies(_ load: [Double], slots: Int) -> [Int] {
    let experts = load.count
    if load.allSatisfy({ $0 == 0 }) { return (0..<experts).map { slots / experts + ($0 < slots % experts ? 1 : 0) } }
    return CopyCounts.counts(of: load, extra: slots - experts, tie: .highest)
  }
}

import Diagnostics

/// Ascend's FlashLB: copies and ranks by the load of windows, not only by its sum, so that experts that are hot together
/// do not meet on a rank.
///
/// A rank's risk is the mean of its load and 0.6745 of its deviation between samples. A search over groups of experts
/// decides how many copies each group gets (`FlashTree`), a copy goes to the rank that is least at risk after it
/// (`FlashPacking`), and the rows of the plan are given to the ranks with most of their experts. With a memory, a layer is
/// planned anew only when it has become worse (`FlashThreshold`). A layer for which there is no plan without an expert
/// twice on a rank stays as it is.
///
/// Source: vllm-project/vllm-ascend, vllm_ascend/eplb/core/policy/policy_flashlb.py at 182b75ea (policy type 3);
/// sgl-project/sglang, python/sglang/srt/eplb/eplb_algorithms/flash_lb.py at 2b4aae9f has depth 3, width 3 and thresholds
/// 0.95 and 0.8.
///
/// - Complexity: O(depth · width · slots · ranks · samples) per layer.
public struct FlashPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget
  /// Groups of experts, at least 1, and how far from the greedy number of copies a group's is looked for.
  public let depth: Int
  public let width: Int
  /// Nil for what Ascend takes for so many ranks.
  public let threshold: FlashThreshold?

  public init(slotBudget: SlotBudget, depth: Int = 4, width: Int = 8, threshold: FlashThreshold? = nil) {
    precondition(depth >= 1 && width >= 0)
    self.slotBudget = slotBudget
    self.depth = depth
    self.width = width
    self.threshold = threshold
  }

  init(settings: Settings) throws(InputError) {
    self.init(
      slotBudget: try SlotBudget(settings: settings),
      depth: try settings.optionalInteger("depth", in: 1...64) ?? 4,
      width: try settings.optionalInteger("width", in: 0...64) ?? 8,
      threshold: try settings.optionalSection("threshold").map { section throws(InputError) in
        let threshold = FlashThreshold(
          ratio: try section.number("ratio", in: 0...1), value: try section.number("value", in: 0...1))
        try section.rejectUnknownKeys()
        return threshold
      })
  }

  public var needs: PlanningNeeds { [.load, .windows] }
  public var liberties: PlanLiberties { [] }

  /// - Throws: `InputError` (usage) if a rank has more slots than there are experts.
  public func plan(_ context: PlanningContext) throws -> Placement {
    var memory = PlanMemory()
    return try plan(context, memory: &memory)
  }

  /// - Parameter memory: mean over peak of every layer's last accepted plan.
  /// - Throws: `InputError` (usage) if a rank has more slots than there are experts.
  public func plan(_ context: PlanningContext, memory: inout PlanMemory) throws -> Placement {
    let shape = context.shape
    try shape.requireDistinctExperts()
    let windows = context.windows.isEmpty ? [context.load] : context.windows
    let threshold = threshold ?? FlashThreshold(ranks: shape.ranks)
    let layers = (0..<shape.layers).map { layer -> LayerPlacement in
      let current = context.current.layers[layer].resized(slots: shape.slots)
      lazy var score = FlashScore.score(current, windows, layer: layer)
      if let last = memory[layer], !threshold.wantsAnother(now: 1 / score, last: last) { return current }
      guard let plan = planned(windows, layer: layer, shape: shape, current: current) else { return current }
      let planScore = FlashScore.score(plan, windows, layer: layer)
      if planScore < score { memory[layer] = 1 / planScore }
      return plan
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  /// Nil where some copy finds no rank.
  private func planned(
    _ windows: [ExpertLoad], layer: Int, shape: PlacementShape, current: LayerPlacement
  ) -> LayerPlacement? {
    var tree = FlashTree(
      FlashSamples(windows, layer: layer), ranks: shape.ranks, slotsPerRank: shape.slotsPerRank, depth: depth,
      width: width)
    guard let slots = tree.plan(extra: shape.slots - shape.experts) else { return nil }
    return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: slots).matched(to: current)
  }
}

/// When FlashLB plans a layer anew: when its mean over peak has become worse than the last accepted plan's by a ratio, or
/// is below a value.
public struct FlashThreshold: Equatable, Sendable {
  public var ratio: Double
  public var value: Double

  public init(ratio: Double, value: Double) {
    self.ratio = ratio
    self.value = value
  }

  /// What Ascend takes.
  public init(ranks: Int) {
    self = ranks < 32 ? FlashThreshold(ratio: 0.95, value: 0.9) : FlashThreshold(ratio: 0.9, value: 0.85)
  }

  /// - Parameters:
  ///   - now: mean over peak of the placement in force.
  ///   - last: of the last accepted plan when it was made.
  public func wantsAnother(now: Double, last: Double) -> Bool { now < last * ratio || now < value }
}

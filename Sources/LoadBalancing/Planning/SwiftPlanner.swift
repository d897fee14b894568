import Diagnostics

/// Ascend's SwiftBalancer: new copies of hot experts in the redundant slots, then exchanges of two experts as long as
/// that cools the hottest rank, with at most one exchange, or one copy each way, between two ranks.
///
/// A layer below 1.01 times the mean stays as it is, and so does one that would not get more even. Experts that stay on
/// their rank keep their slots.
///
/// Source: vllm-project/vllm-ascend, vllm_ascend/eplb/core/policy/policy_swift_balancer.py at 182b75ea (policy type 2),
/// with its single precision. Among exchanges that are as good the lowest expert ids are taken, where the original
/// follows the order of a hash table.
///
/// - Complexity: O(100 · ranks · (slots per rank)²) per layer.
public struct SwiftPlanner: PlacementPlanner {
  /// What a copy is thought to carry of its expert's load, which a copy count has to be chosen by.
  public enum CopyShare: Sendable {
    /// 2 / (copies + 1), which over-estimates copied experts: the original.
    case overestimated
    /// 1 / copies, as vLLM's port of it has (vllm/distributed/eplb/policy/swift_balancer.py at 0041c861).
    case exact
  }

  public let slotBudget: SlotBudget
  public let copyShare: CopyShare
  /// Whether every node keeps its experts, so that copies and exchanges stay inside it.
  public let staysInsideNodes: Bool
  public var liberties: PlanLiberties { [] }

  public init(slotBudget: SlotBudget, copyShare: CopyShare = .overestimated, staysInsideNodes: Bool = false) {
    self.slotBudget = slotBudget
    self.copyShare = copyShare
    self.staysInsideNodes = staysInsideNodes
  }

  init(settings: Settings) throws(InputError) {
    let shares = ["overestimated", "exact"]
    let share = try settings.contains("copyShare") ? settings.choice("copyShare", of: shares) : shares[0]
    self.init(
      slotBudget: try SlotBudget(settings: settings), copyShare: share == "exact" ? .exact : .overestimated,
      staysInsideNodes: try settings.optionalBoolean("insideNodes") ?? false)
  }

  /// - Throws: `InputError` (usage) if a rank has more slots than there are experts.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    let shape = context.shape
    try shape.requireDistinctExperts()
    let firstMean = (shape.layers > 0 ? context.load[0].reduce(0, +) : 0) / Double(shape.ranks)
    let layers = (0..<shape.layers).map { layer in
      planned(
        context.current.layers[layer].resized(slots: shape.slots), load: context.load[layer], firstMean: firstMean,
        shape: shape
      ).placement
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  /// A layer's placement, and its hottest rank as the planner estimates it; nil where it was left alone.
  ///
  /// - Parameter firstMean: tokens of a rank in the first layer, by which the original measures all layers.
  package func planned(
    _ current: LayerPlacement, load: ArraySlice<Double>, firstMean: Double, shape: PlacementShape
  ) -> (placement: LayerPlacement, hottest: Double?) {
    let before = Self.imbalance(current, load)
    guard before >= Self.evenEnough else { return (current, nil) }
    let ranksTogether = staysInsideNodes ? shape.ranksPerNode : shape.ranks
    let weights = Array(load)
    var map: [Int] = []
    var hottest = 0.0
    for first in stride(from: 0, to: shape.ranks, by: ranksTogether) {
      let slots = first * shape.slotsPerRank..<(first + ranksTogether) * shape.slotsPerRank
      var copies = SwiftCopies(
        Array(current.physicalToLogical[slots]), slotsPerRank: shape.slotsPerRank, load: weights, copyShare: copyShare)
      copies.place()
      var exchange = SwiftExchange(copies)
      exchange.run(least: Self.leastGain * firstMean)
      map += exchange.held.flatMap { $0 }
      hottest = max(hottest, exchange.hottest)
    }
    guard hottest / firstMean < before else { return (current, hottest) }
    let plan = LayerPlacement(experts: current.experts, ranks: shape.ranks, physicalToLogical: map)
    return (plan.keepingSlots(of: current), hottest)
  }

  /// Hottest rank over the mean; 1 without load.
  private static func imbalance(_ placement: LayerPlacement, _ load: ArraySlice<Double>) -> Double {
    let ranks = placement.rankLoads(of: load)
    let mean = ranks.reduce(0, +) / Double(ranks.count)
    return mean < 1e-9 ? 1 : (ranks.max() ?? 0) / mean
  }

  /// Hottest rank over the mean below which a layer stays as it is.
  private static let evenEnough = 1.01
  /// What an exchange has to take off the hottest rank, as a fraction of the mean.
  private static let leastGain = 0.01
}

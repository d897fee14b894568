import Diagnostics

/// TensorRT-LLM's rule: in every block b of 1024 visits of a rank, an expert's j-th visit takes replica
/// (b + rank + j) mod replicas.
///
/// The rank is added where each rank has tokens of its own (attention data-parallel), else not.
///
/// Source: NVIDIA/TensorRT-LLM, cpp/tensorrt_llm/kernels/moeLoadBalance/moeLoadBalanceKernels.cu; `offset_by_ep_rank` in
/// tensorrt_llm/_torch/modules/fused_moe.
public struct TensorRTDispatch: ReplicaDispatch, VisitRule {
  /// Visits of an expert in the block that it was visited in last.
  private struct Turn {
    var block: Int32 = -1
    var visits: Int32 = 0
  }

  private static let blockSize = 1024

  public let offsetByRank: Bool
  private var experts = 0
  /// `[ranks][experts]`.
  private var turns: [Turn] = []

  public init(offsetByRank: Bool = true) { self.offsetByRank = offsetByRank }

  static func recipe(_ settings: Settings) throws(InputError) -> DispatchRecipe {
    let offset = try settings.optionalBoolean("offsetByRank") ?? true
    return { TensorRTDispatch(offsetByRank: offset) }
  }

  mutating func begin(_ context: DispatchContext) {
    experts = context.placement.experts
    turns.refill(Turn(), count: context.placement.ranks * experts)
  }

  @inline(__always)
  mutating func replica(for visit: Visit, of replicas: Int) -> Int {
    let block = visit.number / Self.blockSize
    let index = visit.source * experts + visit.expert
    let last = turns[index]
    let earlier = last.block == Int32(truncatingIfNeeded: block) ? last.visits : 0
    turns[index] = Turn(block: Int32(truncatingIfNeeded: block), visits: earlier + 1)
    return (block + (offsetByRank ? visit.source : 0) + Int(earlier)) % replicas
  }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    choose(experts, sources, context, into: &slots)
  }

  public var dependsOnSource: Bool { false }

  /// Equal: in a block an expert's replicas differ by one visit at most.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.evenShares
  }
}

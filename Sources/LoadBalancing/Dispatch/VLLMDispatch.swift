/// vLLM's rule without its fused kernel: visit i of a rank's tokens takes its expert's replica i mod replicas.
///
/// That is no even split: with an even top-k and two replicas the choice is the parity of the expert's place among its
/// token's top-k, and an expert has places that it is often found at.
///
/// Source: vllm-project/vllm, vllm/model_executor/layers/fused_moe/router/base_router.py.
public struct VLLMDispatch: ReplicaDispatch, VisitRule {
  public init() {}

  @inline(__always)
  func replica(for visit: Visit, of replicas: Int) -> Int { visit.number % replicas }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    choose(experts, sources, context, into: &slots)
  }

  public var dependsOnSource: Bool { false }
  public var isOneOfAKind: Bool { true }
  public var needsRouterOrder: Bool { true }

  /// As if places were random: a recording of loads is refused instead.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.evenShares
  }
}

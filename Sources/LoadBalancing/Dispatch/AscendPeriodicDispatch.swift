/// vllm-ascend's rule with model runner v2: all visits of a rank's token t take replica
/// (t mod 1024 + rank + expert) mod replicas.
///
/// Source: vllm-project/vllm-ascend, vllm_ascend/ops/fused_moe/eplb.py at 182b75ea.
public struct AscendPeriodicDispatch: ReplicaDispatch, VisitRule {
  private static let period = 1024

  public init() {}

  @inline(__always)
  func replica(for visit: Visit, of replicas: Int) -> Int {
    (visit.token % Self.period + visit.source + visit.expert) % replicas
  }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    choose(experts, sources, context, into: &slots)
  }

  public var dependsOnSource: Bool { false }
  public var isOneOfAKind: Bool { true }

  /// Equal: consecutive tokens of a rank take consecutive replicas.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.evenShares
  }
}

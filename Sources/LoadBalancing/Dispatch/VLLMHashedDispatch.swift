/// vLLM's rule in its fused kernel: all visits of a rank's token t take replica (t · 2654435769 mod 2³²) mod replicas.
///
/// Source: vllm-project/vllm, the kernel's test, and what ROCm/ATOM's atom/model_ops/eplb.py says of it.
public struct VLLMHashedDispatch: ReplicaDispatch, VisitRule {
  public init() {}

  @inline(__always)
  func replica(for visit: Visit, of replicas: Int) -> Int { Self.hash(visit.token) % replicas }

  /// The golden ratio's multiplicative hash of a token's number, 32 bits.
  @inline(__always)
  static func hash(_ token: Int) -> Int { Int(UInt32(truncatingIfNeeded: token) &* 2_654_435_769) }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    choose(experts, sources, context, into: &slots)
  }

  public var dependsOnSource: Bool { false }
  public var isOneOfAKind: Bool { true }

  /// Equal: the hash spreads many tokens evenly.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.evenShares
  }
}

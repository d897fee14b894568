/// ATOM's rule: the replica on the token's rank if there is one, else as vLLM's fused kernel, by a hash of the token's
/// number.
///
/// Source: ROCm/ATOM, atom/model_ops/eplb.py at ffdf3bb5.
public struct ATOMDispatch: ReplicaDispatch, VisitRule {
  private var local = ReplicaMap()

  public init() {}

  mutating func begin(_ context: DispatchContext) {
    local.make(for: context) { expert, ranks in
      (0..<ranks).map { Int32(context.placement.replica(ofExpert: expert, onRank: $0) ?? -1) }
    }
  }

  @inline(__always)
  func replica(for visit: Visit, of replicas: Int) -> Int {
    let own = local.replica(ofExpert: visit.expert, from: visit.source)
    return own >= 0 ? own : VLLMHashedDispatch.hash(visit.token) % replicas
  }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    choose(experts, sources, context, into: &slots)
  }

  public var dependsOnSource: Bool { true }
  public var isOneOfAKind: Bool { true }

  /// All to the source's own replica, else equal.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.shares { expert, _ in context.placement.replica(ofExpert: expert, onRank: source) }
  }
}

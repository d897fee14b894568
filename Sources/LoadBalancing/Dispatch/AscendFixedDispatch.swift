import Diagnostics

/// vllm-ascend's rule with model runner v1: a rank sends all of an expert's visits to one replica, rank mod replicas.
///
/// With tensor parallelism n > 1 that is (rank mod n + ⌊rank / n⌋ + expert) mod replicas.
///
/// Source: vllm-project/vllm-ascend, vllm_ascend/eplb/core/eplb_utils.py at 182b75ea.
public struct AscendFixedDispatch: ReplicaDispatch, VisitRule {
  public let tensorParallel: Int

  /// - Parameter tensorParallel: ranks that share a token's dense layers, 1 or more.
  public init(tensorParallel: Int = 1) {
    precondition(tensorParallel >= 1)
    self.tensorParallel = tensorParallel
  }

  static func recipe(_ settings: Settings) throws(InputError) -> DispatchRecipe {
    let parallel = try settings.optionalInteger("tensorParallel", in: 1...65_536) ?? 1
    return { AscendFixedDispatch(tensorParallel: parallel) }
  }

  @inline(__always)
  func replica(for visit: Visit, of replicas: Int) -> Int {
    replica(ofExpert: visit.expert, from: visit.source, of: replicas)
  }

  @inline(__always)
  private func replica(ofExpert expert: Int, from source: Int, of replicas: Int) -> Int {
    guard tensorParallel > 1 else { return source % replicas }
    return (source % tensorParallel + source / tensorParallel + expert) % replicas
  }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    choose(experts, sources, context, into: &slots)
  }

  public var dependsOnSource: Bool { true }

  /// All to the source's one replica.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.shares { replica(ofExpert: $0, from: source, of: $1) }
  }
}

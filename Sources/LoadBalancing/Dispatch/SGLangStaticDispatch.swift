import Diagnostics
import Randomness

/// SGLang's `static` rule: a rank sends all of an expert's visits to one replica, the first on its own rank, else the
/// first on its node, else one that is dealt: of n ranks without and c replicas, each replica gets ⌊n/c⌋, and the rest
/// are drawn, each replica once.
///
/// The map is drawn once for a placement: from the seed and the layer, by this project's generator (SGLang draws by
/// Python's, seed 42, so that who gets which of the dealt differs).
///
/// Source: sgl-project/sglang, python/sglang/srt/eplb/expert_location.py
/// (`compute_logical_to_rank_dispatch_physical_map`).
public struct SGLangStaticDispatch: ReplicaDispatch, VisitRule {
  public let seed: UInt64
  private var map = ReplicaMap()

  public init(seed: UInt64 = 42) { self.seed = seed }

  static func recipe(_ settings: Settings) throws(InputError) -> DispatchRecipe {
    let seed = UInt64(try settings.optionalInteger("seed", in: 0...Int.max) ?? 42)
    return { SGLangStaticDispatch(seed: seed) }
  }

  mutating func begin(_ context: DispatchContext) {
    let seed = seed
    map.make(for: context) { expert, _ in Self.replicas(ofExpert: expert, in: context, seed: seed) }
  }

  /// `[ranks]` the replica that each rank sends to.
  private static func replicas(ofExpert expert: Int, in context: DispatchContext, seed: UInt64) -> [Int32] {
    let placement = context.placement
    let count = placement.slots(ofExpert: expert).count
    var replicas = (0..<placement.ranks).map { rank in
      Int32(placement.nearestReplica(ofExpert: expert, to: rank, ranksPerNode: context.ranksPerNode) ?? -1)
    }
    let open = replicas.indices.filter { replicas[$0] < 0 }
    guard !open.isEmpty else { return replicas }
    var generator = SeededGenerator(seed: seed, stream: UInt64(context.layer) << 16 | UInt64(expert))
    let all = (0..<count).map { Int32($0) }
    let rest = generator.shuffled(all).prefix(open.count % count)
    let dealt = generator.shuffled((0..<open.count / count).flatMap { _ in all } + rest)
    for (rank, replica) in zip(open, dealt) { replicas[rank] = replica }
    return replicas
  }

  @inline(__always)
  func replica(for visit: Visit, of replicas: Int) -> Int {
    map.replica(ofExpert: visit.expert, from: visit.source)
  }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    choose(experts, sources, context, into: &slots)
  }

  public var dependsOnSource: Bool { true }

  /// All to the source's one replica, dealt or not.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.shares { expert, _ in
      Int(Self.replicas(ofExpert: expert, in: context, seed: seed)[source])
    }
  }
}

import Diagnostics
import Randomness

/// SGLang's `dynamic` rule: every visit draws one of the expert's replicas, each as likely.
///
/// With `among: nearest` it draws as newer versions do where ranks exchange tokens: where the source's rank has
/// replicas, or else its node, the first of them takes all, and the draw is among all only where neither has one.
///
/// Draws are from the seed, the step and the layer.
///
/// Source: sgl-project/sglang, python/sglang/srt/eplb/expert_location_dispatch.py at 68836b60; pull request 32962.
public struct SGLangDynamicDispatch: ReplicaDispatch, VisitRule {
  public enum Candidates: String, CaseIterable, Sendable {
    case all
    case nearest
  }

  public let candidates: Candidates
  public let seed: UInt64
  private var map = ReplicaMap()
  private var generator: SeededGenerator

  public init(among candidates: Candidates = .all, seed: UInt64 = 0) {
    self.candidates = candidates
    self.seed = seed
    generator = SeededGenerator(seed: seed)
  }

  static func recipe(_ settings: Settings) throws(InputError) -> DispatchRecipe {
    let names = Candidates.allCases.map(\.rawValue)
    let among = settings.contains("among") ? Candidates(rawValue: try settings.choice("among", of: names)) : nil
    let seed = UInt64(try settings.optionalInteger("seed", in: 0...Int.max) ?? 0)
    return { SGLangDynamicDispatch(among: among ?? .all, seed: seed) }
  }

  mutating func begin(_ context: DispatchContext) {
    generator = SeededGenerator(seed: seed, drawingFor: context)
    let candidates = candidates
    map.make(for: context) { expert, ranks in
      (0..<ranks).map { rank in
        guard candidates == .nearest else { return -1 }
        return Int32(
          context.placement.nearestReplica(ofExpert: expert, to: rank, ranksPerNode: context.ranksPerNode) ?? -1)
      }
    }
  }

  @inline(__always)
  mutating func replica(for visit: Visit, of replicas: Int) -> Int {
    let nearest = map.replica(ofExpert: visit.expert, from: visit.source)
    return nearest >= 0 ? nearest : generator.below(replicas)
  }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    choose(experts, sources, context, into: &slots)
  }

  public var dependsOnSource: Bool { candidates == .nearest }

  /// All to the nearest replica where the rule goes by it, else equal.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    guard candidates == .nearest else { return context.placement.evenShares }
    return context.placement.shares { expert, _ in
      context.placement.nearestReplica(ofExpert: expert, to: source, ranksPerNode: context.ranksPerNode)
    }
  }
}

extension SeededGenerator {
  /// The draws of one layer of one step, whichever thread they are made on.
  init(seed: UInt64, drawingFor context: DispatchContext) {
    self.init(seed: seed, stream: UInt64(context.step) << 16 | UInt64(context.layer))
  }
}

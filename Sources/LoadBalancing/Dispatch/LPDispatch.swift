import Diagnostics
import Randomness

/// SGLang's `lp` rule: every visit draws its replica by the shares that minimise the most loaded rank, so that the result
/// scatters around them.
///
/// The linear program is solved exactly here, for the step's own load or an earlier one; equal shares until one is known.
/// Draws are from the seed, the step and the layer.
///
/// Source: sgl-project/sglang, lplb_solver.py at 0221963c and pull request 24515, after deepseek-ai/LPLB.
///
/// - Complexity: that of `MinMaxAssignment`, plus O(visits · replicas).
public struct LPDispatch: ReplicaDispatch, VisitRule {
  public let origin: LoadOrigin
  public let seed: UInt64
  public let overheadMicroseconds: Double
  private var placement: LayerPlacement?
  /// `[slots]`.
  private var shares: [Double] = []
  /// `[experts]` visits of the step.
  private var counts: [Double] = []
  private var generator: SeededGenerator

  /// - Parameter overheadMicroseconds: to add up the load of all ranks and to solve, per step and layer.
  public init(from origin: LoadOrigin = .step, seed: UInt64 = 0, overheadMicroseconds: Double = 0) {
    self.origin = origin
    self.seed = seed
    self.overheadMicroseconds = overheadMicroseconds
    generator = SeededGenerator(seed: seed)
  }

  static func recipe(_ settings: Settings) throws(InputError) -> DispatchRecipe {
    let origin = try LoadOrigin(settings: settings)
    let seed = UInt64(try settings.optionalInteger("seed", in: 0...Int.max) ?? 0)
    let overhead = try settings.optionalNumber("overheadMicroseconds", in: 0...1e9) ?? 0
    guard origin == .step || overhead == 0 else {
      throw settings.error("nothing is solved on the way with from: \(origin.rawValue)", at: "overheadMicroseconds")
    }
    return { LPDispatch(from: origin, seed: seed, overheadMicroseconds: overhead) }
  }

  mutating func begin(_ context: DispatchContext) {
    placement = context.placement
    shares =
      origin == .step
      ? OptimalDispatch.shares(placement: context.placement, load: counts) : context.sharesOfShownLoad
    generator = SeededGenerator(seed: seed, drawingFor: context)
  }

  mutating func replica(for visit: Visit, of replicas: Int) -> Int {
    guard let placement else { return 0 }
    let slots = placement.slots(ofExpert: visit.expert)
    var left = generator.unit()
    for (replica, slot) in slots.dropLast().enumerated() {
      left -= shares[slot]
      if left < 0 { return replica }
    }
    return replicas - 1
  }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    if origin == .step {
      counts.refill(0, count: context.placement.experts)
      for visit in experts.indices { counts[Int(experts[visit])] += 1 }
    }
    choose(experts, sources, context, into: &slots)
  }

  public var dependsOnSource: Bool { false }
  public var shownLoad: ShownLoad { origin.shownLoad }

  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    origin == .step ? OptimalDispatch.shares(placement: context.placement, load: load) : context.sharesOfShownLoad
  }
}

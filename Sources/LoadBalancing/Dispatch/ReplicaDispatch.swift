/// Chooses the replica that each token goes to, for all tokens of one layer of one step.
///
/// Values are scratch space of one thread; the choice depends on nothing but the arguments.
public protocol ReplicaDispatch {
  /// - Parameters:
  ///   - experts: `[tokens][topK]` experts of the layer, in the router's order; fewer of a token where the context has
  ///     `starts`.
  ///   - sources: `[tokens]` rank of each token.
  ///   - slots: `[tokens][topK]` receives the slot of each visit.
  mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>)

  /// Whether tokens of different sources are spread differently.
  var dependsOnSource: Bool { get }

  /// `[slots]` the fraction of its expert's visits from `source` that each slot takes in the long run: what `assign`
  /// comes to when only loads are known.
  ///
  /// - Parameter load: `[experts]` tokens.
  func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double]

  /// Whether an expert's replicas take the parts that a plan gives them, or equal ones, whatever loads and sources: an
  /// even split of plans with equal shares. False unless stated.
  var splitsAsPlanned: Bool { get }

  /// Whether the j-th visit to an expert takes its replica j mod replicas, wherever it comes from. False unless stated.
  var takesTurns: Bool { get }

  /// The same of one placement. As `takesTurns` unless stated.
  func takesTurns(in placement: LayerPlacement) -> Bool

  /// Whether the choice goes by the place of an expert among its token's top-k, which a recording of loads does not
  /// have, and one whose ids were sorted no longer has. False unless stated.
  var needsRouterOrder: Bool { get }

  /// The load of earlier steps that the rule goes by. None unless stated.
  var shownLoad: ShownLoad { get }

  /// Whether visits go where an exact planner has them. False unless stated.
  var followsExactPlan: Bool { get }

  /// Whether any two rules of the type choose alike. False unless stated.
  var isOneOfAKind: Bool { get }

  /// What the rule costs at run time, per step and layer. 0 unless stated.
  var overheadMicroseconds: Double { get }
}

extension ReplicaDispatch {
  public var splitsAsPlanned: Bool { false }
  public var takesTurns: Bool { false }
  public func takesTurns(in placement: LayerPlacement) -> Bool { takesTurns }
  public var needsRouterOrder: Bool { false }
  public var shownLoad: ShownLoad { .none }
  public var followsExactPlan: Bool { false }
  public var isOneOfAKind: Bool { false }
  public var overheadMicroseconds: Double { 0 }
}

extension ReplicaDispatch {
  /// Whether both are known to send the same visits to the same slots of a placement.
  package func choosesAs(_ other: any ReplicaDispatch) -> Bool { isOneOfAKind && type(of: other) == Self.self }
}

/// A load that is known before a step begins.
public enum ShownLoad: Sendable {
  case none
  /// What the step before came to.
  case lastStep
  /// What the predictor expected when a plan was last due.
  case prediction
}

/// Where a dispatch rule chooses: one layer of one step.
public struct DispatchContext: Sendable {
  /// The layer's placement, with its lookup tables.
  public var placement: LayerPlacement
  public var topK: Int
  public var ranksPerNode: Int
  /// Index of the layer in the trace, and ordinal of the step in the replay: what chance is drawn from besides a seed.
  public var layer: Int
  public var step: Int
  /// `[experts]` the load that the rule asks for by `shownLoad`; nil as long as there is none.
  public var shownLoad: [Double]?
  /// The layer as an exact planner has it, whose placement is `placement`; nil without one.
  public var exact: ExactLayer?
  /// `[tokens + 1]` where each token's visits begin, and the end, where some were dropped; nil where all have `topK`.
  public var starts: [Int]?

  public init(
    placement: LayerPlacement, topK: Int, ranksPerNode: Int, layer: Int = 0, step: Int = 0, shownLoad: [Double]? = nil
  ) {
    self.placement = placement
    self.topK = topK
    self.ranksPerNode = ranksPerNode
    self.layer = layer
    self.step = step
    self.shownLoad = shownLoad
  }
}

extension DispatchContext {
  /// A token's places among the visits.
  @inline(__always)
  func visits(ofToken token: Int) -> Range<Int> {
    guard let starts else { return token * topK..<(token + 1) * topK }
    return starts[token]..<starts[token + 1]
  }
}

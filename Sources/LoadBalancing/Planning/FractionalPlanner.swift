import Diagnostics

/// Replicas with unequal shares, so that every rank is planned the same load: see `SplittablePacking`.
///
/// With at least ranks − 1 redundant slots the planned load is perfectly even. With fewer, the lowest capacity at which
/// everything fits is searched from a bound upwards, as far as EPLB's most loaded rank; if none is found below that, it
/// is EPLB's placement with the best shares that any split over its replicas has (`MinMaxAssignment`): so it is never
/// worse than EPLB on the planned load. No expert is twice on a rank. Needs weighted dispatch; slots that the packing
/// leaves over hold hot experts, with share 0.
///
/// Bins are given to the ranks that hold most of their experts already, so that little is moved. Where slots are scarce
/// many placements are as even as can be, since the hottest expert and its company decide: what is in force stays if its
/// hottest rank is no hotter by the best shares.
///
/// - Complexity: per layer that of `SplittablePacking`; when slots are scarce a few times of it and that of
///   `EPLBPlanner`.
public struct FractionalPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget
  public var liberties: PlanLiberties { [] }

  public init(slotBudget: SlotBudget) { self.slotBudget = slotBudget }

  /// - Throws: `InputError` (usage) if a rank has more slots than there are experts.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    let shape = context.shape
    try shape.requireDistinctExperts()
    var layer = try FractionalLayer(shape)
    var layers: [LayerPlacement] = []
    layers.reserveCapacity(shape.layers)
    for index in 0..<shape.layers {
      layers.append(layer.plan(context.load[index], current: context.current.layers[index], mayStay: true))
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}

/// One layer after another in the same scratch space.
struct FractionalLayer {
  private let shape: PlacementShape
  private var packing: SplittablePacking
  private var matching: RankMatching
  private var graph = ReplicaGraph()
  private var assignment = MinMaxAssignment()
  /// Nil when slots are not scarce.
  private var eplb: EPLBLayerPlan?
  /// How far above the bound the layer before was packed: bound / 2^(steps − this), 0 for not at all.
  private var gap = 4
  /// `[experts]`.
  private var replicas: [Int] = []

  /// A capacity within 2^-12 of the bound is as good as it.
  private static let steps = 13

  init(_ shape: PlacementShape) throws(InputError) {
    self.shape = shape
    packing = SplittablePacking(experts: shape.experts, ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
    matching = RankMatching(ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
    eplb = packing.isPerfect ? nil : try EPLBLayerPlan(shape)
  }

  /// - Parameter mayStay: whether what is in force may be the plan where its hottest rank is no hotter.
  mutating func plan(_ load: ArraySlice<Double>, current: LayerPlacement, mayStay: Bool = false) -> LayerPlacement {
    packing.take(load)
    if packing.isPerfect {
      let isPacked = packing.pack(capacity: packing.mean)
      precondition(isPacked, "n ≤ m(k − 1) + 1 suffices for the mean")
      packing.useLeftovers()
    } else {
      packScarce(load, orKeep: mayStay ? current : nil)
    }
    matching.match(packing.experts, to: current)
    return relabelled()
  }

  /// The lowest capacity at which the packing succeeds, or EPLB's placement if that is better; what is in force if its
  /// hottest rank is no hotter, since moves would gain nothing then.
  private mutating func packScarce(_ load: ArraySlice<Double>, orKeep current: LayerPlacement?) {
    let bound = packing.bound
    guard let current, let before = adopt(current) else { return packLow(load, bound: bound) }
    guard before > capacity(1, above: bound) else { return }
    packLow(load, bound: bound)
    // Loads are rounded down, so that equal ones may come to sums that differ by as little.
    if before <= packing.level + packing.level >> 30 { _ = adopt(current) }
  }

  /// Takes over what is in force, with the best shares; the tokens of its hottest rank, nil if it does not have the
  /// shape or an expert twice on a rank.
  private mutating func adopt(_ current: LayerPlacement) -> Int? {
    guard current.slots == shape.slots else { return nil }
    packing.adopt(current.physicalToLogical)
    guard !packing.experts.contains(-1) else { return nil }
    even()
    return packing.level
  }

  private mutating func packLow(_ load: ArraySlice<Double>, bound: Int) {
    // At the bound it is not worse than any placement, so that EPLB need not be asked.
    let triesBound = gap == 0
    if triesBound, packing.pack(capacity: bound) { return packing.useLeftovers() }
    eplb?.make(load)
    let placement = eplb?.physicalToLogical ?? []
    let limit = level(ofEqualShares: placement)
    if packLowest(above: bound, from: triesBound ? 1 : 0, below: limit) { return packing.useLeftovers() }
    packing.adopt(placement)
    packing.useLeftovers()
    even()
  }

  /// The bound, or more by a power of two of it.
  private func capacity(_ gap: Int, above bound: Int) -> Int { gap == 0 ? bound : bound + bound >> (Self.steps - gap) }

  /// Whether the packing succeeds below `limit`: it is tried at the bound and at gaps of powers of two above it, up or
  /// down from where it succeeded in the layer before, but not below `lowest`.
  private mutating func packLowest(above bound: Int, from lowest: Int, below limit: Int) -> Bool {
    gap = max(gap, lowest)
    while gap > lowest, capacity(gap, above: bound) >= limit { gap -= 1 }
    var isPacked = false
    while capacity(gap, above: bound) < limit {
      if packing.pack(capacity: capacity(gap, above: bound)) {
        isPacked = true
        packing.keep()
        guard gap > lowest else { break }
        gap -= 1
      } else {
        gap += 1
        if isPacked { break }
      }
    }
    if isPacked { packing.restore() }
    return isPacked
  }

  /// Tokens of the most loaded rank when experts split evenly over their slots.
  private mutating func level(ofEqualShares placement: [Int]) -> Int {
    replicas.refill(0, count: shape.experts)
    for expert in placement { replicas[expert] += 1 }
    var level = 0
    for rank in 0..<shape.ranks {
      var tokens = 0
      for slot in rank * shape.slotsPerRank..<(rank + 1) * shape.slotsPerRank {
        let expert = placement[slot]
        tokens += replicas[expert] == 1 ? packing.weights[expert] : packing.weights[expert] / replicas[expert]
      }
      level = max(level, tokens)
    }
    return level
  }

  /// Gives the replicas the shares that are best for the most loaded rank.
  private mutating func even() {
    guard shape.slots > shape.experts else {
      packing.split(by: packing.experts.map { packing.weights[$0] })
      return
    }
    graph.make(
      for: LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: packing.experts))
    assignment.solve(packing.weights, on: graph)
    packing.split(by: assignment.tokens(on: graph, slots: shape.slots))
  }

  /// The packing with its bins on the ranks that the matching found.
  private mutating func relabelled() -> LayerPlacement {
    replicas.refill(0, count: shape.experts)
    var experts = packing.experts
    var shares = Array(repeating: 0.0, count: shape.slots)
    for bin in 0..<shape.ranks {
      let rank = matching.rank(ofBin: bin)
      for place in 0..<shape.slotsPerRank {
        let (from, to) = (bin * shape.slotsPerRank + place, rank * shape.slotsPerRank + place)
        let expert = packing.experts[from]
        experts[to] = expert
        if packing.weights[expert] > 0 {
          shares[to] = Double(packing.parts[from]) / Double(packing.weights[expert])
        } else if replicas[expert] == 0 {
          // Without load any split would do.
          shares[to] = 1
          replicas[expert] = 1
        }
      }
    }
    return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: experts, shares: shares)
  }
}

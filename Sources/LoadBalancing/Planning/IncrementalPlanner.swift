import Diagnostics

/// Few moves from the placement in force, as Ascend's SwiftBalancer: lower the hottest rank by the one exchange of two
/// slots, or one replica in place of another's, that helps most; stop when it is even enough or nothing helps.
///
/// Replicas share equally. An expert's last slot is never replaced. Where a machine is known, only as many of these are
/// made as are worth most: the time that they save until the next plan, less what moving costs (`MoveOutlook`), none if
/// that is below zero.
///
/// - Complexity: O(maximumMoves · slots per rank · slots · replicas) per layer.
public struct IncrementalPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget
  /// Most exchanges and replacements in a layer per rebalance.
  public let maximumMoves: Int
  /// mean / max rank load at which a layer is left as it is.
  public let balancedness: Double

  public var needs: PlanningNeeds { [.load, .costs] }

  public init(slotBudget: SlotBudget, maximumMoves: Int, balancedness: Double) {
    self.slotBudget = slotBudget
    self.maximumMoves = maximumMoves
    self.balancedness = balancedness
  }

  init(settings: Settings) throws(InputError) {
    slotBudget = try SlotBudget(settings: settings)
    maximumMoves = try settings.integer("maximumMoves", in: 1...SlotBudget.limit)
    balancedness = try settings.optionalNumber("balancedness", in: 0...1) ?? 1
  }

  public func plan(_ context: PlanningContext) -> Placement {
    var queue = context.moves.map(MoveQueue.init)
    let layers = (0..<context.shape.layers).map { layer in
      let path = path(of: layer, context)
      guard let price = context.price, queue != nil else { return path[path.count - 1] }
      func time(_ placement: LayerPlacement) -> Double {
        price.time(of: placement, load: context.load[layer], ranksPerNode: context.shape.ranksPerNode)
      }
      let inForce = context.current.layers[layer]
      let chosen = queue?.choose(
        for: layer, among: path, times: path.map(time), inForce: (inForce, time(inForce)))
      return path[chosen ?? 0]
    }
    return Placement(ranks: context.shape.ranks, layers: layers)
  }

  /// The placement in force, and what each exchange or replacement makes of it.
  private func path(of layer: Int, _ context: PlanningContext) -> [LayerPlacement] {
    var search = SlotSearch(
      context.current.layers[layer].resized(slots: context.shape.slots), load: Array(context.load[layer]))
    var path = [search.placement]
    for _ in 0..<maximumMoves where search.balancedness < balancedness {
      guard let move = search.bestMove() else { break }
      search.make(move)
      path.append(search.placement)
    }
    return path
  }
}

/// A layer's slots, the loads that follow from them, and the moves that lower the hottest rank.
private struct SlotSearch {
  enum Move {
    case exchange(Int, Int)
    /// The expert of the first slot also goes where the second's is.
    case replicate(Int, Int)
  }

  private let ranks: Int
  private let slotsPerRank: Int
  private let load: [Double]
  private var experts: [Int]
  private var replicas: [Int]
  private var rankLoads: [Double]
  /// `[experts]` slots of each.
  private var slotsOf: [[Int]]

  init(_ current: LayerPlacement, load: [Double]) {
    ranks = current.ranks
    slotsPerRank = current.slotsPerRank
    self.load = load
    experts = current.physicalToLogical
    replicas = (0..<current.experts).map { current.slots(ofExpert: $0).count }
    slotsOf = (0..<current.experts).map { Array(current.slots(ofExpert: $0)) }
    rankLoads = Array(repeating: 0, count: ranks)
    for slot in experts.indices { rankLoads[slot / slotsPerRank] += slotLoad(experts[slot]) }
  }

  var placement: LayerPlacement {
    LayerPlacement(experts: replicas.count, ranks: ranks, physicalToLogical: experts)
  }

  var balancedness: Double {
    guard let peak = rankLoads.max(), peak > 0 else { return 1 }
    return rankLoads.reduce(0, +) / Double(ranks) / peak
  }

  private func slotLoad(_ expert: Int) -> Double { load[expert] / Double(replicas[expert]) }

  /// The move after which the most loaded of the ranks it touches is lowest, if that is below the hottest rank.
  func bestMove() -> Move? {
    guard let peak = rankLoads.max(), let hottest = rankLoads.firstIndex(of: peak) else { return nil }
    var best = (peak: peak * (1 - 1e-9), move: Move?.none)
    for slot in hottest * slotsPerRank..<(hottest + 1) * slotsPerRank {
      for other in experts.indices where other / slotsPerRank != hottest && experts[other] != experts[slot] {
        let exchanged = peakAfterExchange(slot, other)
        if exchanged < best.peak { best = (exchanged, .exchange(slot, other)) }
        if replicas[experts[other]] > 1, let replicated = peakAfterReplication(slot, other), replicated < best.peak {
          best = (replicated, .replicate(slot, other))
        }
      }
    }
    return best.move
  }

  private func peakAfterExchange(_ slot: Int, _ other: Int) -> Double {
    let difference = slotLoad(experts[slot]) - slotLoad(experts[other])
    return max(rankLoads[slot / slotsPerRank] - difference, rankLoads[other / slotsPerRank] + difference)
  }

  /// Nil if the other slot's rank holds the expert already.
  private func peakAfterReplication(_ slot: Int, _ other: Int) -> Double? {
    let (expert, victim) = (experts[slot], experts[other])
    let target = other / slotsPerRank
    if slotsOf[expert].contains(where: { $0 / slotsPerRank == target }) { return nil }
    let relief = slotLoad(expert) - load[expert] / Double(replicas[expert] + 1)
    let burden = load[victim] / Double(replicas[victim] - 1) - slotLoad(victim)
    var peak = 0.0
    func after(_ rank: Int) -> Double {
      var sum = rankLoads[rank]
      for held in slotsOf[expert] where held / slotsPerRank == rank { sum -= relief }
      for held in slotsOf[victim] where held / slotsPerRank == rank && held != other { sum += burden }
      if rank == target { sum += slotLoad(expert) - relief - slotLoad(victim) }
      return sum
    }
    for held in slotsOf[expert] { peak = max(peak, after(held / slotsPerRank)) }
    for held in slotsOf[victim] { peak = max(peak, after(held / slotsPerRank)) }
    return peak
  }

  mutating func make(_ move: Move) {
    switch move {
    case .exchange(let slot, let other):
      let difference = slotLoad(experts[slot]) - slotLoad(experts[other])
      rankLoads[slot / slotsPerRank] -= difference
      rankLoads[other / slotsPerRank] += difference
      replaceSlot(slot, of: experts[slot], by: other)
      replaceSlot(other, of: experts[other], by: slot)
      experts.swapAt(slot, other)
    case .replicate(let slot, let other):
      let (expert, victim) = (experts[slot], experts[other])
      addLoads(of: expert, times: -1)
      addLoads(of: victim, times: -1)
      slotsOf[victim].removeAll { $0 == other }
      slotsOf[expert].append(other)
      replicas[victim] -= 1
      replicas[expert] += 1
      experts[other] = expert
      addLoads(of: expert, times: 1)
      addLoads(of: victim, times: 1)
    }
  }

  private mutating func addLoads(of expert: Int, times factor: Double) {
    for slot in slotsOf[expert] { rankLoads[slot / slotsPerRank] += factor * slotLoad(expert) }
  }

  private mutating func replaceSlot(_ slot: Int, of expert: Int, by other: Int) {
    for index in slotsOf[expert].indices where slotsOf[expert][index] == slot { slotsOf[expert][index] = other }
  }
}

import Diagnostics

/// Algorithm 1 of MoE-GPS (arXiv 2506.07366): from the contiguous placement, copy the most loaded expert of the hottest
/// rank to the coldest, with half the difference of their loads, until nothing can be copied.
///
/// A copy is possible if the rank does not hold the expert, has a slot free, and the expert has fewer than
/// `maximumCopies`. Where it is not, the hottest rank's next expert and then the next colder rank are tried. Replicas
/// have unequal shares: needs weighted dispatch. A slot that stays free repeats an expert of its own rank, with share
/// 0.
///
/// - Complexity: O(redundant slots · ranks · slots per rank) per layer.
public struct DuplicateHottestPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget
  /// Most slots that an expert may have.
  public let maximumCopies: Int

  public init(slotBudget: SlotBudget, maximumCopies: Int = .max) {
    self.slotBudget = slotBudget
    self.maximumCopies = maximumCopies
  }

  init(settings: Settings) throws(InputError) {
    slotBudget = try SlotBudget(settings: settings)
    maximumCopies = try settings.optionalInteger("maximumCopies", in: 1...SlotBudget.limit) ?? .max
  }

  public func plan(_ context: PlanningContext) -> Placement {
    let shape = context.shape
    let start = Placement.contiguous(shape)
    let layers = (0..<shape.layers).map { layer in
      var state = Duplication(start.layers[layer], load: Array(context.load[layer]), maximumCopies: maximumCopies)
      while state.copyHottest() {}
      return state.placement
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}

private struct Duplication {
  private let start: LayerPlacement
  private let load: [Double]
  private let maximumCopies: Int
  private var experts: [Int]
  /// `[slots]` tokens of each slot.
  private var tokens: [Double]
  private var isFree: [Bool]
  /// `[ranks]` slots that are free.
  private var room: [Int]
  private var rankLoads: [Double]
  private var copies: [Int]

  init(_ start: LayerPlacement, load: [Double], maximumCopies: Int) {
    self.start = start
    self.load = load
    self.maximumCopies = maximumCopies
    experts = start.physicalToLogical
    isFree = experts.indices.map { $0 != start.slots(ofExpert: start.physicalToLogical[$0]).first }
    tokens = zip(experts, isFree).map { $1 ? 0 : load[$0] }
    copies = Array(repeating: 1, count: start.experts)
    rankLoads = Array(repeating: 0, count: start.ranks)
    room = Array(repeating: 0, count: start.ranks)
    for slot in tokens.indices {
      rankLoads[slot / start.slotsPerRank] += tokens[slot]
      room[slot / start.slotsPerRank] += isFree[slot] ? 1 : 0
    }
  }

  private func slots(ofRank rank: Int) -> Range<Int> {
    rank * start.slotsPerRank..<(rank + 1) * start.slotsPerRank
  }

  /// Makes one copy; false if none is possible.
  mutating func copyHottest() -> Bool {
    guard let peak = rankLoads.max(), let hottest = rankLoads.firstIndex(of: peak) else { return false }
    let candidates = slots(ofRank: hottest).filter {
      !isFree[$0] && tokens[$0] > 0 && copies[experts[$0]] < maximumCopies
    }.sorted { (tokens[$1], $0) < (tokens[$0], $1) }
    var tried: Int?
    while let coldest = coldestWithRoom(after: tried), peak - rankLoads[coldest] > 1 {
      tried = coldest
      guard let free = slots(ofRank: coldest).first(where: { isFree[$0] }) else { continue }
      for slot in candidates {
        let held = slots(ofRank: coldest).contains { !isFree[$0] && experts[$0] == experts[slot] }
        if held { continue }
        let moved = min(tokens[slot], ((peak - rankLoads[coldest]) / 2).rounded(.up))
        experts[free] = experts[slot]
        isFree[free] = false
        room[coldest] -= 1
        copies[experts[slot]] += 1
        tokens[free] = moved
        tokens[slot] -= moved
        rankLoads[hottest] -= moved
        rankLoads[coldest] += moved
        return true
      }
    }
    return false
  }

  /// The first rank with a slot free after `tried`, in the order of load and number; nil after the last.
  private func coldestWithRoom(after tried: Int?) -> Int? {
    var best: Int?
    for rank in rankLoads.indices where room[rank] > 0 {
      if let tried, (rankLoads[rank], rank) <= (rankLoads[tried], tried) { continue }
      if let best, rankLoads[rank] >= rankLoads[best] { continue }
      best = rank
    }
    return best
  }

  var placement: LayerPlacement {
    var shares = zip(experts, tokens).map { load[$0] > 0 ? $1 / load[$0] : 0 }
    for slot in shares.indices where load[experts[slot]] <= 0 && !isFree[slot] { shares[slot] = 1 }
    return LayerPlacement(experts: start.experts, ranks: start.ranks, physicalToLogical: experts, shares: shares)
  }
}

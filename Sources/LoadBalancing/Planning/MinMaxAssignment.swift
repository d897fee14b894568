/// Splits every expert's tokens over its replicas so that the most loaded rank has as few as possible. Exact.
///
/// A maximum flow from experts to ranks under a common level, by augmenting paths. The level starts at the mean; when an
/// expert's tokens cannot all be routed, the ranks that the search reached hold nothing but tokens that cannot leave
/// them, so the level has to rise to their mean at least. That is Newton's iteration on the parametric bound
/// max over sets of ranks of (tokens that must stay in the set) / (ranks of the set), which LPLB's linear program attains.
///
/// Scratch space of one thread.
///
/// - Complexity: O(slots) per augmenting path; a few paths per replicated expert in practice.
struct MinMaxAssignment {
  /// Tokens on the most loaded rank.
  private(set) var level = 0
  /// `[slots]` tokens that each slot takes.
  private(set) var tokens: [Int] = []
  /// `[ranks]` tokens on each rank.
  private(set) var rankTokens: [Int] = []
  private var queue: [Int] = []
  /// `[ranks]` the slot by which the search reached a rank, and the slot whose tokens would make room; -1 for none.
  private var reachedBy: [Int] = []
  private var displaced: [Int] = []
  private var isExpertReached: [Bool] = []

  /// - Parameter counts: `[experts]` tokens of each expert, not negative.
  mutating func solve(_ counts: UnsafeBufferPointer<Int>, placement: LayerPlacement) {
    start(counts, placement)
    for expert in 0..<placement.experts where placement.slots(ofExpert: expert).count > 1 {
      var rest = fill(expert, counts[expert], placement)
      while rest > 0 {
        if let end = search(from: expert, placement) {
          rest -= augment(to: end, atMost: rest, placement)
        } else {
          level += (rest + queue.count - 1) / queue.count
        }
      }
    }
  }

  /// Gives the experts with one slot their tokens, and sets the level to the least that any assignment could have.
  private mutating func start(_ counts: UnsafeBufferPointer<Int>, _ placement: LayerPlacement) {
    func reset(_ array: inout [Int], _ count: Int) {
      array.removeAll(keepingCapacity: true)
      array.append(contentsOf: repeatElement(0, count: count))
    }
    reset(&tokens, placement.slots)
    reset(&rankTokens, placement.ranks)
    reset(&reachedBy, placement.ranks)
    reset(&displaced, placement.ranks)
    var total = 0
    for expert in 0..<placement.experts {
      total += counts[expert]
      let first = placement.firstSlot[expert]
      guard placement.firstSlot[expert + 1] - first == 1 else { continue }
      let slot = placement.slotsByExpert[first]
      tokens[slot] = counts[expert]
      rankTokens[slot / placement.slotsPerRank] += counts[expert]
    }
    level = max((total + placement.ranks - 1) / placement.ranks, rankTokens.max() ?? 0)
  }

  /// Pours an expert's tokens onto its replicas, always on the lowest rank, up to the level; returns what is left.
  private mutating func fill(_ expert: Int, _ count: Int, _ placement: LayerPlacement) -> Int {
    var rest = count
    while rest > 0 {
      var lowest = -1
      var next = level
      for slot in placement.slots(ofExpert: expert) {
        let load = rankTokens[slot / placement.slotsPerRank]
        if lowest < 0 || load < rankTokens[lowest / placement.slotsPerRank] {
          if lowest >= 0 { next = min(next, rankTokens[lowest / placement.slotsPerRank]) }
          lowest = slot
        } else {
          next = min(next, load)
        }
      }
      let rank = lowest / placement.slotsPerRank
      guard rankTokens[rank] < level else { return rest }
      let poured = min(rest, max(1, next - rankTokens[rank], min(rest / 16, level - rankTokens[rank])))
      tokens[lowest] += poured
      rankTokens[rank] += poured
      rest -= poured
    }
    return 0
  }

  /// Breadth first over ranks from those that hold `expert`; the first that is below the level, or nil with every rank
  /// that was reached in `queue`.
  private mutating func search(from expert: Int, _ placement: LayerPlacement) -> Int? {
    let perRank = placement.slotsPerRank
    queue.removeAll(keepingCapacity: true)
    for rank in 0..<placement.ranks { reachedBy[rank] = -1 }
    isExpertReached.removeAll(keepingCapacity: true)
    isExpertReached.append(contentsOf: repeatElement(false, count: placement.experts))
    reach(expert, making: -1, placement)
    var head = 0
    while head < queue.count {
      let rank = queue[head]
      head += 1
      if rankTokens[rank] < level { return rank }
      for slot in rank * perRank..<(rank + 1) * perRank where tokens[slot] > 0 {
        let other = placement.physicalToLogical[slot]
        if !isExpertReached[other] { reach(other, making: slot, placement) }
      }
    }
    return nil
  }

  /// Adds the ranks that hold `expert`; its tokens on slot `displaced` could go there.
  private mutating func reach(_ expert: Int, making displacedSlot: Int, _ placement: LayerPlacement) {
    isExpertReached[expert] = true
    for slot in placement.slots(ofExpert: expert) {
      let rank = slot / placement.slotsPerRank
      guard reachedBy[rank] < 0 else { continue }
      reachedBy[rank] = slot
      displaced[rank] = displacedSlot
      queue.append(rank)
    }
  }

  /// Moves tokens along the path that ends at `end`; returns how many.
  private mutating func augment(to end: Int, atMost limit: Int, _ placement: LayerPlacement) -> Int {
    var amount = min(limit, level - rankTokens[end])
    var rank = end
    while displaced[rank] >= 0 {
      amount = min(amount, tokens[displaced[rank]])
      rank = displaced[rank] / placement.slotsPerRank
    }
    rankTokens[end] += amount
    rank = end
    while true {
      tokens[reachedBy[rank]] += amount
      guard displaced[rank] >= 0 else { return amount }
      tokens[displaced[rank]] -= amount
      rank = displaced[rank] / placement.slotsPerRank
    }
  }
}

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
  /// `[slots]`.
  private var rankOfSlot: [Int32] = []
  private var reached: [Reached] = []
  /// `[experts]` the last search that came by.
  private var searchOfExpert: [Int32] = []
  /// `[ranks]` in the order in which a search reached them.
  private var queue: [Int32] = []

  /// How the last search came to a rank.
  private struct Reached {
    var search: Int32 = 0
    /// The slot that would take the tokens.
    var slot: Int32 = 0
    /// The slot, on the rank before, that would give them up; -1 at the start.
    var displaced: Int32 = -1
  }

  /// - Parameter counts: `[experts]` tokens of each expert, not negative.
  mutating func solve(_ counts: UnsafeBufferPointer<Int>, placement: LayerPlacement) {
    placement.withTables { tables in
      start(counts, tables)
      tokens.withUnsafeMutableBufferPointer { tokens in
        rankTokens.withUnsafeMutableBufferPointer { rankTokens in
          rankOfSlot.withUnsafeBufferPointer { rankOfSlot in
            reached.withUnsafeMutableBufferPointer { reached in
              searchOfExpert.withUnsafeMutableBufferPointer { searchOfExpert in
                queue.withUnsafeMutableBufferPointer { queue in
                  var flow = Flow(
                    placement: tables, tokens: tokens, rankTokens: rankTokens, rankOfSlot: rankOfSlot,
                    reached: reached, searchOfExpert: searchOfExpert, queue: queue, level: level)
                  flow.route(counts)
                  level = flow.level
                }
              }
            }
          }
        }
      }
    }
  }

  /// Gives the experts with one slot their tokens, and sets the level to the least that any assignment could have.
  private mutating func start(_ counts: UnsafeBufferPointer<Int>, _ placement: PlacementTables) {
    tokens.refill(0, count: placement.slotsByExpert.count)
    rankTokens.refill(0, count: placement.ranks)
    reached.refill(Reached(), count: placement.ranks)
    searchOfExpert.refill(0, count: placement.experts)
    queue.refill(0, count: placement.ranks)
    rankOfSlot.removeAll(keepingCapacity: true)
    for rank in 0..<placement.ranks {
      rankOfSlot.append(contentsOf: repeatElement(Int32(rank), count: placement.slotsPerRank))
    }
    var total = 0
    for expert in 0..<placement.experts {
      total += counts[expert]
      let positions = placement.positions(ofExpert: expert)
      guard positions.count == 1 else { continue }
      let slot = placement.slotsByExpert[positions.lowerBound]
      tokens[slot] = counts[expert]
      rankTokens[Int(rankOfSlot[slot])] += counts[expert]
    }
    level = max((total + placement.ranks - 1) / placement.ranks, rankTokens.max() ?? 0)
  }

  /// The flow on plain memory.
  private struct Flow {
    let placement: PlacementTables
    let tokens: UnsafeMutableBufferPointer<Int>
    let rankTokens: UnsafeMutableBufferPointer<Int>
    let rankOfSlot: UnsafeBufferPointer<Int32>
    let reached: UnsafeMutableBufferPointer<Reached>
    let searchOfExpert: UnsafeMutableBufferPointer<Int32>
    let queue: UnsafeMutableBufferPointer<Int32>
    var level: Int
    var queued = 0
    var search: Int32 = 0

    /// Routes the tokens of the experts with several slots.
    mutating func route(_ counts: UnsafeBufferPointer<Int>) {
      for expert in 0..<placement.experts where placement.positions(ofExpert: expert).count > 1 {
        var rest = fill(expert, counts[expert])
        while rest > 0 {
          if let end = searchRoom(for: expert) {
            rest -= augment(to: end, atMost: rest)
          } else {
            level += (rest + queued - 1) / queued
          }
        }
      }
    }

    /// Pours an expert's tokens onto its replicas, always on the lowest rank, up to the level; returns what is left.
    private func fill(_ expert: Int, _ count: Int) -> Int {
      var rest = count
      while rest > 0 {
        var lowest = -1
        var least = level
        var next = level
        for position in placement.positions(ofExpert: expert) {
          let slot = placement.slotsByExpert[position]
          let load = rankTokens[Int(rankOfSlot[slot])]
          if load < least {
            next = least
            least = load
            lowest = slot
          } else {
            next = min(next, load)
          }
        }
        guard lowest >= 0 else { return rest }
        let poured = min(rest, max(1, next - least, min(rest / 16, level - least)))
        tokens[lowest] += poured
        rankTokens[Int(rankOfSlot[lowest])] += poured
        rest -= poured
      }
      return 0
    }

    /// Breadth first over ranks from those that hold `expert`; the first that is below the level, or nil with every
    /// rank that was reached in `queue`.
    private mutating func searchRoom(for expert: Int) -> Int? {
      search += 1
      queued = 0
      reach(expert, displacing: -1)
      var head = 0
      while head < queued {
        let rank = Int(queue[head])
        head += 1
        if rankTokens[rank] < level { return rank }
        for slot in rank * placement.slotsPerRank..<(rank + 1) * placement.slotsPerRank where tokens[slot] > 0 {
          let other = placement.physicalToLogical[slot]
          if searchOfExpert[other] != search { reach(other, displacing: slot) }
        }
      }
      return nil
    }

    /// Adds the ranks that hold `expert`, to which its tokens on slot `displaced` could go.
    private mutating func reach(_ expert: Int, displacing displaced: Int) {
      searchOfExpert[expert] = search
      for position in placement.positions(ofExpert: expert) {
        let slot = placement.slotsByExpert[position]
        let rank = Int(rankOfSlot[slot])
        guard reached[rank].search != search else { continue }
        reached[rank] = Reached(search: search, slot: Int32(slot), displaced: Int32(displaced))
        queue[queued] = Int32(rank)
        queued += 1
      }
    }

    /// Moves tokens along the path that ends at `end`; returns how many.
    private func augment(to end: Int, atMost limit: Int) -> Int {
      var amount = min(limit, level - rankTokens[end])
      var rank = end
      while reached[rank].displaced >= 0 {
        let displaced = Int(reached[rank].displaced)
        amount = min(amount, tokens[displaced])
        rank = Int(rankOfSlot[displaced])
      }
      rankTokens[end] += amount
      rank = end
      while true {
        tokens[Int(reached[rank].slot)] += amount
        let displaced = Int(reached[rank].displaced)
        guard displaced >= 0 else { return amount }
        tokens[displaced] -= amount
        rank = Int(rankOfSlot[displaced])
      }
    }
  }
}

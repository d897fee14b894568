import LoadBalancing

/// Which slot each visit goes to, where visits name experts, whose replicas take turns, or slots: a table that is kept as
/// long as the placement is the same.
struct ReplicaTurns {
  /// What visits name.
  private enum Key: Equatable {
    case experts(LayerPlacement)
    case slots(Int, perRank: Int)
  }

  /// The visits of an expert, or of a slot, in the upper half, and in the lower how many bytes into `table` the next one is.
  typealias Progress = UInt64

  let ranksPerNode: Int
  /// Words of bits by rank, before those by node.
  let rankWords: Int
  /// Of words of bits.
  let pairs: Int
  private var key: Key?
  private var alive: [Int]?
  /// `[slots][pairs + 1]` as `LayerPlacement.slotsByExpert` has them, or in order: the bits of a slot's rank and node, and
  /// what taking the turn adds to `Progress`, a visit and the way to the replica that is next.
  private(set) var table: [BitPlanes.Pair] = []
  /// `[experts]` or `[slots]` before the first visit.
  private(set) var begun: [Progress] = []

  init(ranksPerNode: Int, rankWords: Int, pairs: Int) {
    self.ranksPerNode = ranksPerNode
    self.rankWords = rankWords
    self.pairs = pairs
  }

  /// The j-th visit to an expert takes its replica j mod replicas.
  ///
  /// - Parameter alive: the ranks that have slots, ascending; nil for all.
  mutating func nameExperts(_ placement: LayerPlacement, alive: [Int]?) {
    guard key != .experts(placement) || self.alive != alive else { return }
    key = .experts(placement)
    fill(placement.slotsByExpert, slotsPerRank: placement.slotsPerRank, alive)
    begun = placement.firstSlot.dropLast().map { Progress($0) * stride }
    for (first, end) in zip(placement.firstSlot, placement.firstSlot.dropFirst()) {
      table[end * (pairs + 1) - 1][0] -= Progress(end - first) * stride
    }
  }

  /// Every visit takes the slot that it names.
  mutating func nameSlots(_ placement: LayerPlacement, alive: [Int]?) {
    let key = Key.slots(placement.slots, perRank: placement.slotsPerRank)
    guard self.key != key || self.alive != alive else { return }
    self.key = key
    fill(Array(0..<placement.slots), slotsPerRank: placement.slotsPerRank, alive)
    begun = (0..<placement.slots).map { Progress($0) * stride }
    for slot in 0..<placement.slots { table[slot * (pairs + 1) + pairs][0] -= stride }
  }

  /// Bytes of a slot in `table`.
  private var stride: Progress { Progress((pairs + 1) * MemoryLayout<BitPlanes.Pair>.stride) }

  private mutating func fill(_ slots: [Int], slotsPerRank: Int, _ alive: [Int]?) {
    self.alive = alive
    table = Array(repeating: .zero, count: slots.count * (pairs + 1))
    for (turn, slot) in slots.enumerated() {
      let rank = alive?[slot / slotsPerRank] ?? slot / slotsPerRank
      for bit in [rank, rankWords * 64 + rank / ranksPerNode] {
        table[turn * (pairs + 1) + bit / 128][bit / 64 % 2] |= 1 << UInt64(bit % 64)
      }
      table[turn * (pairs + 1) + pairs][0] = 1 << 32 | stride
    }
  }
}

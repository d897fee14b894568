import LoadBalancing

/// Which experts each rank has slots for.
struct HeldExperts {
  private let ranks: Int
  private let experts: Int
  private var placement: Placement?
  /// `[ranks][layers · experts]`.
  private var isHeld: [[Bool]] = []

  init(ranks: Int, experts: Int) { (self.ranks, self.experts) = (ranks, experts) }

  mutating func update(_ placement: Placement) {
    guard ranks > 1, placement != self.placement else { return }
    self.placement = placement
    isHeld = Array(
      repeating: Array(repeating: false, count: placement.layers.count * experts), count: ranks)
    for (layer, slots) in placement.layers.enumerated() {
      for (slot, expert) in slots.physicalToLogical.enumerated() {
        isHeld[slot / slots.slotsPerRank][layer * experts + expert] = true
      }
    }
  }

  func has(_ item: Int, on rank: Int) -> Bool { ranks == 1 || isHeld[rank][item] }
}

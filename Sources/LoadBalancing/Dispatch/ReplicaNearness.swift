extension LayerPlacement {
  /// The first replica on the rank of a source, in the order of the expert's slots; nil if the rank has none.
  func replica(ofExpert expert: Int, onRank rank: Int) -> Int? {
    place(ofExpert: expert) { $0 / slotsPerRank == rank }
  }

  /// The first replica on the source's rank, else the first on its node; nil if neither has one.
  func nearestReplica(ofExpert expert: Int, to source: Int, ranksPerNode: Int) -> Int? {
    let slotsPerNode = slotsPerRank * ranksPerNode
    return replica(ofExpert: expert, onRank: source)
      ?? place(ofExpert: expert) { $0 / slotsPerNode == source / ranksPerNode }
  }

  private func place(ofExpert expert: Int, where condition: (_ slot: Int) -> Bool) -> Int? {
    let slots = slots(ofExpert: expert)
    return slots.firstIndex(where: condition).map { $0 - slots.startIndex }
  }
}

/// Which replica each rank sends an expert's visits to, for rules that have a map of it.
struct ReplicaMap {
  private var experts = 0
  /// `[ranks][experts]` −1 where the map leaves the choice open.
  private var replicas: [Int32] = []
  private var placement: [Int] = []
  private var layer = -1
  private var shape = (ranks: 0, ranksPerNode: 0)

  /// Keeps the map of the same placement, else makes it anew.
  ///
  /// - Parameter fill: gives a rank's replica of an expert in the order of its slots, −1 for none; asked expert by
  ///   expert for those with several.
  mutating func make(for context: DispatchContext, fill: (_ expert: Int, _ ranks: Int) -> [Int32]) {
    let placement = context.placement
    let shape = (ranks: placement.ranks, ranksPerNode: context.ranksPerNode)
    if layer == context.layer, self.shape == shape, experts == placement.experts,
      self.placement == placement.physicalToLogical
    {
      return
    }
    (layer, self.shape, experts) = (context.layer, shape, placement.experts)
    self.placement = placement.physicalToLogical
    replicas.refill(0, count: placement.ranks * experts)
    for expert in 0..<experts where placement.slots(ofExpert: expert).count > 1 {
      for (rank, replica) in fill(expert, placement.ranks).enumerated() { replicas[rank * experts + expert] = replica }
    }
  }

  /// The replica that `rank` sends to, negative if open.
  @inline(__always)
  func replica(ofExpert expert: Int, from rank: Int) -> Int { Int(replicas[rank * experts + expert]) }
}

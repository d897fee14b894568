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

/// Which replica each rank sends an expert's visits to, for rules that have a map of it; kept layer by layer.
struct ReplicaMap {
  /// Of a placement.
  private struct Layer {
    var placement: [Int] = []
    var ranks = 0
    var ranksPerNode = 0
    /// `[experts]` row of an expert with several replicas.
    var rows: [Int32] = []
    /// `[rows][ranks]` −1 where the map leaves the choice open.
    var replicas: [Int32] = []

    func isOf(_ context: DispatchContext) -> Bool {
      ranks == context.placement.ranks && ranksPerNode == context.ranksPerNode
        && rows.count == context.placement.experts && placement == context.placement.physicalToLogical
    }
  }

  private var layers: [Int: Layer] = [:]
  private var current = Layer()
  private var layer = -1

  /// Keeps the map of the same placement, else makes it anew.
  ///
  /// - Parameter fill: gives a rank's replica of an expert in the order of its slots, −1 for none; asked expert by
  ///   expert for those with several.
  mutating func make(for context: DispatchContext, fill: (_ expert: Int, _ ranks: Int) -> [Int32]) {
    if layer == context.layer, current.isOf(context) { return }
    layer = context.layer
    if let known = layers[layer], known.isOf(context) {
      current = known
      return
    }
    let placement = context.placement
    current = Layer(
      placement: placement.physicalToLogical, ranks: placement.ranks, ranksPerNode: context.ranksPerNode,
      rows: Array(repeating: 0, count: placement.experts))
    var row: Int32 = 0
    for expert in 0..<placement.experts where placement.slots(ofExpert: expert).count > 1 {
      current.rows[expert] = row
      current.replicas += fill(expert, placement.ranks)
      row += 1
    }
    layers[layer] = current
  }

  /// The replica that `rank` sends to, negative if open; asked for experts with several.
  @inline(__always)
  func replica(ofExpert expert: Int, from rank: Int) -> Int {
    Int(current.replicas[Int(current.rows[expert]) * current.ranks + rank])
  }
}

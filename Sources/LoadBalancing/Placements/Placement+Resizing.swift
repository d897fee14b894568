extension LayerPlacement {
  /// The same placement in `slots` slots, so that a planner may start from it: each rank keeps its experts.
  ///
  /// Slots that are added repeat their rank's own experts. Of slots that must go, those that repeat an expert of their
  /// rank go first, then replicas of the experts that have most, highest slot first; an expert whose only slot has no
  /// place left takes that of a replica on another rank. An expert's slots share its tokens equally.
  ///
  /// - Parameter slots: a multiple of `ranks`, at least `experts`.
  /// - Complexity: O(slots) to grow, O(slots · slots per rank) to shrink.
  public func resized(slots: Int) -> LayerPlacement {
    precondition(slots % ranks == 0 && slots >= experts)
    if slots == self.slots { return self }
    var held = (0..<ranks).map { Array(physicalToLogical[$0 * slotsPerRank..<($0 + 1) * slotsPerRank]) }
    let perRank = slots / ranks
    if perRank < slotsPerRank { shrink(&held, to: perRank) }
    let map = held.flatMap { row in (0..<perRank).map { row[$0 % row.count] } }
    return LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: map)
  }

  private func shrink(_ held: inout [[Int]], to perRank: Int) {
    var replicas = (0..<experts).map { slots(ofExpert: $0).count }
    var homeless: [Int] = []
    for rank in held.indices {
      while held[rank].count > perRank {
        let place = Self.leastNeeded(of: held[rank], replicas)
        let expert = held[rank].remove(at: place)
        replicas[expert] -= 1
        if replicas[expert] == 0 { homeless.append(expert) }
      }
    }
    for expert in homeless {
      let rank = held.indices.first { held[$0].contains { replicas[$0] > 1 } }
      guard let rank else { preconditionFailure("there are at least as many slots as experts") }
      let place = Self.leastNeeded(of: held[rank], replicas)
      replicas[held[rank][place]] -= 1
      replicas[expert] = 1
      held[rank][place] = expert
    }
  }

  /// The last place of an expert that the rank holds twice, else of the one with the most slots.
  private static func leastNeeded(of experts: [Int], _ replicas: [Int]) -> Int {
    func need(_ place: Int) -> (Int, Int) {
      (experts[..<place].contains(experts[place]) ? 0 : 1, -replicas[experts[place]])
    }
    return experts.indices.reversed().min { need($0) < need($1) } ?? 0
  }
}

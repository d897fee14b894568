extension Placement {
  /// The same experts and shares on every rank, where an expert that was there before keeps its slot.
  func keepingSlots(of old: Placement) -> Placement {
    var copy = self
    for layer in layers.indices { copy.layers[layer] = layers[layer].keepingSlots(of: old.layers[layer]) }
    return copy
  }

  /// The same placement, but the old one in layers where a rank would hold an expert twice.
  func droppingDuplicates(keeping old: Placement) -> Placement {
    var copy = self
    for layer in layers.indices where layers[layer].hasDuplicates { copy.layers[layer] = old.layers[layer] }
    return copy
  }
}

extension LayerPlacement {
  var hasDuplicates: Bool { (0..<ranks).contains { Set(experts(onRank: $0)).count < slotsPerRank } }

  /// Rank by rank, slot by slot: the first new slot of the old expert that is not yet taken moves there, and the others
  /// fill the gaps in their order.
  ///
  /// Source: vllm-project/vllm, vllm/distributed/eplb/policy/default.py at 02c1119c.
  ///
  /// - Returns: itself where ranks have another number of slots than before.
  public func keepingSlots(of old: LayerPlacement) -> LayerPlacement {
    guard old.slots == slots, old.ranks == ranks else { return self }
    var origin = Array(repeating: -1, count: slots)
    for rank in 0..<ranks {
      let range = rank * slotsPerRank..<(rank + 1) * slotsPerRank
      var left = Array(range)
      for slot in range {
        guard let place = left.firstIndex(where: { physicalToLogical[$0] == old.physicalToLogical[slot] }) else {
          continue
        }
        origin[slot] = left.remove(at: place)
      }
      for slot in range where origin[slot] < 0 { origin[slot] = left.removeFirst() }
    }
    return LayerPlacement(
      experts: experts, ranks: ranks, physicalToLogical: origin.map { physicalToLogical[$0] },
      shares: origin.map { shares[$0] })
  }
}

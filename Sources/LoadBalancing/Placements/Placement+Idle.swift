extension LayerPlacement {
  /// The same placement in more slots: those that are added repeat an expert of their rank and take nothing.
  ///
  /// - Parameter slots: a multiple of `ranks`, at least as many as there are.
  func idling(slots: Int) -> LayerPlacement {
    precondition(slots % ranks == 0 && slots >= self.slots)
    let perRank = slots / ranks
    var (map, parts) = ([Int](), [Double]())
    for slot in 0..<slots {
      let (rank, place) = (slot / perRank, slot % perRank)
      map.append(physicalToLogical[rank * slotsPerRank + place % slotsPerRank])
      parts.append(place < slotsPerRank ? shares[rank * slotsPerRank + place] : 0)
    }
    return LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: map, shares: parts)
  }

  /// The same load on every rank, where slots that repeat an expert of their rank take nothing: an expert is read once.
  var withoutSharesOfDoubles: LayerPlacement {
    var parts = shares
    for rank in 0..<ranks {
      let range = rank * slotsPerRank..<(rank + 1) * slotsPerRank
      for slot in range {
        guard let first = range.first(where: { physicalToLogical[$0] == physicalToLogical[slot] }), first < slot else {
          continue
        }
        parts[first] += parts[slot]
        parts[slot] = 0
      }
    }
    return LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: physicalToLogical, shares: parts)
  }
}

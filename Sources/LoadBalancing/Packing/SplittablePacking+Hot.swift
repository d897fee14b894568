extension SplittablePacking {
  /// Whether all items fit into bins of `capacity`.
  mutating func fillBins(capacity: Int) -> Bool {
    items.withUnsafeMutableBufferPointer { items in
      experts.withUnsafeMutableBufferPointer { experts in
        parts.withUnsafeMutableBufferPointer { parts in
          var bins = SplittableBins(
            ranks: ranks, slotsPerRank: slotsPerRank, capacity: capacity, items: items, experts: experts, parts: parts)
          return bins.fill(with: total)
        }
      }
    }
  }
}

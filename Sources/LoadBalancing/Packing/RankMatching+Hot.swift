extension RankMatching {
  /// Fills `pairs`; the most experts that any has in common.
  mutating func countOverlap(_ plan: [Int], _ current: LayerPlacement) -> Int32 {
    pairs.removeAll(keepingCapacity: true)
    var most: Int32 = 0
    overlap.withUnsafeMutableBufferPointer { overlap in
      touched.withUnsafeMutableBufferPointer { touched in
        plan.withUnsafeBufferPointer { plan in
          current.withTables { current in
            for bin in 0..<ranks {
              var count = 0
              for slot in bin * slotsPerRank..<(bin + 1) * slotsPerRank {
                for position in current.positions(ofExpert: plan[slot]) {
                  let rank = Int(
                    UInt32(truncatingIfNeeded: current.slotsByExpert[position]) / UInt32(current.slotsPerRank))
                  touched[min(count, ranks - 1)] = Int32(truncatingIfNeeded: rank)
                  count += overlap[rank] == 0 ? 1 : 0
                  overlap[rank] += 1
                }
              }
              for rank in touched[..<count] {
                most = max(most, overlap[Int(rank)])
                pairs.append(Pair(bin: Int32(bin), rank: rank, common: overlap[Int(rank)]))
                overlap[Int(rank)] = 0
              }
            }
          }
        }
      }
    }
    return most
  }
}

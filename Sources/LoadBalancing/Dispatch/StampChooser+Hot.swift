/// The loop of `OptimalDispatch` for any number of ranks: what is near a token is marked with its number.
struct StampChooser {
  let visits: DispatchVisits
  let ranks: Int
  let homes: UnsafeBufferPointer<ExpertHome>
  let turns: UnsafeMutableBufferPointer<ReplicaTurn>
  let room: UnsafeMutableBufferPointer<Int32>
  /// `[ranks + nodes]` 4 · the last token that came near, from 1, and how near: 1 the same node, 2 the source, 3 the
  /// same rank.
  let nearness: UnsafeMutableBufferPointer<Int32>

  func run() {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: visits.topK) { split in
      for token in 0..<visits.sources.count { choose(token, split) }
    }
  }

  @inline(__always)
  private func choose(_ token: Int, _ split: UnsafeMutableBufferPointer<Int32>) {
    let far = Int32(truncatingIfNeeded: token + 1) &<< 2
    let source = Int(visits.sources[token])
    nearness[ranks + source / visits.ranksPerNode] = far | 1
    nearness[source] = far | 2
    var splitCount = 0
    for visit in visits.places(ofToken: token) {
      let home = homes[Int(visits.experts[visit])]
      if home.replicas == 1 {
        go(visit, home.slot, Int(home.rank), far)
      } else {
        split[splitCount] = Int32(truncatingIfNeeded: visit)
        splitCount += 1
      }
    }
    for index in 0..<splitCount {
      let visit = Int(split[index])
      let turn = turns[take(homes[Int(visits.experts[visit])], far)]
      go(visit, turn.slot, Int(turn.rank), far)
    }
  }

  @inline(__always)
  private func go(_ visit: Int, _ slot: UInt16, _ rank: Int, _ far: Int32) {
    visits.slots[visit] = slot
    nearness[rank] = far | 3
    nearness[ranks + rank / visits.ranksPerNode] = far | 1
  }

  /// Takes a turn of one of the expert's replicas; its index.
  @inline(__always)
  private func take(_ home: ExpertHome, _ far: Int32) -> Int {
    let first = Int(home.firstTurn)
    // Nearness above visits left above the lowest index: one maximum.
    var best: Int64 = -1
    var most: Int64 = -1
    for index in 0..<Int(home.replicas) {
      let turn = turns[first + index]
      let rank = Int(turn.rank)
      let near = Int64(max(far, max(nearness[rank], nearness[ranks + rank / visits.ranksPerNode])) &- far)
      let left = Int64(turn.left) &<< 16 | Int64(0xFFFF - index)
      let isUsable = turn.left > 0 || near > 0 && room[rank] > 0
      best = max(best, isUsable ? near &<< 48 | left : -1)
      most = max(most, left)
    }
    let chosen = first + 0xFFFF - Int(best & 0xFFFF)
    if turns[chosen].left > 0 {
      turns[chosen].left -= 1
    } else {
      let giver = first + 0xFFFF - Int(most & 0xFFFF)
      turns[giver].left -= 1
      room[Int(turns[giver].rank)] += 1
      room[Int(turns[chosen].rank)] -= 1
    }
    return chosen
  }
}

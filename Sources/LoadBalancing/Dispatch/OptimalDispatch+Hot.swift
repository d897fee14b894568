/// The tokens of one layer of one step, as a dispatch rule gets them.
struct DispatchVisits {
  let experts: UnsafeBufferPointer<UInt16>
  let topK: Int
  let sources: UnsafeBufferPointer<UInt32>
  let ranksPerNode: Int
  let slots: UnsafeMutableBufferPointer<UInt16>
}

/// Where an expert is; or one of its replicas, and where the turns of all begin.
struct ExpertHome {
  var slot: UInt16
  var rank: UInt16
  var firstTurn: Int32
  var replicas: Int32
}

/// A replica, and the visits that it still takes.
struct ReplicaTurn {
  var left: Int32
  var slot: UInt16
  var rank: UInt16
}

/// Where a visit to an expert goes, if there is no choice: the slot, and its rank and its node's ranks as bits; without
/// any for an expert with several replicas.
struct FixedVisit {
  var rank: UInt64 = 0
  var node: UInt64 = 0
  var slot: UInt16 = 0
  var isSplit: UInt16 = 1
}

/// The ranks of an expert's replicas as bits.
struct ReplicaMask {
  var all: UInt64 = 0
  /// Those with visits left.
  var available: UInt64 = 0
  /// Where the expert's turns begin, one for every bit.
  var firstTurn: UInt32 = 0
  /// The rank that comes first among equals: one with many visits left, as far as has been looked.
  var next: UInt8 = 0
  /// The rank that was looked at last.
  var probe: UInt8 = 0
}

/// The loop of `OptimalDispatch` for as many ranks as a word has bits: sets of ranks are words.
struct MaskChooser {
  let visits: DispatchVisits
  /// `[ranks]` the ranks of each rank's node.
  let nodeMasks: UnsafeBufferPointer<UInt64>
  /// `[experts]`, `[split experts][64]`, `[ranks]` and `[experts]`.
  let fixed: UnsafeBufferPointer<FixedVisit>
  let turns: UnsafeMutableBufferPointer<ReplicaTurn>
  let room: UnsafeMutableBufferPointer<Int32>
  let masks: UnsafeMutableBufferPointer<ReplicaMask>

  func run() {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: visits.topK) { split in
      // In a register, and so not a property.
      var withRoom: UInt64 = 0
      for rank in room.indices { withRoom |= room[rank] > 0 ? 1 &<< UInt64(rank) : 0 }
      for token in 0..<visits.sources.count { choose(token, split, &withRoom) }
    }
  }

  @inline(__always)
  private func choose(_ token: Int, _ split: UnsafeMutableBufferPointer<Int32>, _ withRoom: inout UInt64) {
    let source = Int(visits.sources[token])
    let atSource: UInt64 = 1 &<< UInt64(source)
    var reached: UInt64 = 0
    var near = nodeMasks[source]
    var splitCount = 0
    for visit in token * visits.topK..<(token + 1) * visits.topK {
      let home = fixed[Int(visits.experts[visit])]
      visits.slots[visit] = home.slot
      reached |= home.rank
      near |= home.node
      split[splitCount] = Int32(truncatingIfNeeded: visit)
      splitCount += Int(home.isSplit)
    }
    for index in 0..<splitCount {
      let visit = Int(split[index])
      let expert = Int(visits.experts[visit])
      let rank = take(visit, expert, reached: reached, atSource: atSource, near: near, &withRoom)
      reached |= 1 &<< UInt64(rank)
      near |= nodeMasks[rank]
    }
  }

  /// Takes a turn of one of the expert's replicas; its rank.
  @inline(__always)
  private func take(
    _ visit: Int, _ expert: Int, reached: UInt64, atSource: UInt64, near: UInt64, _ withRoom: inout UInt64
  ) -> Int {
    let mask = masks[expert]
    let usable = mask.available | mask.all & withRoom
    var candidates = mask.available
    candidates = usable & near != 0 ? usable & near : candidates
    candidates = usable & atSource != 0 ? usable & atSource : candidates
    candidates = usable & reached != 0 ? usable & reached : candidates
    let rank = first(of: candidates, from: UInt64(mask.next))
    let bit: UInt64 = 1 &<< UInt64(rank)
    let row = Int(mask.firstTurn)
    visits.slots[visit] = turns[row + rank].slot
    var giver = rank
    if mask.available & bit == 0 {
      giver = first(of: mask.available, from: UInt64(mask.next))
      room[giver] += 1
      room[rank] -= 1
      withRoom |= 1 &<< UInt64(giver)
      withRoom &= room[rank] > 0 ? ~0 : ~bit
    }
    let left = turns[row + giver].left - 1
    turns[row + giver].left = left
    let available = left > 0 ? mask.available : mask.available & ~(1 &<< UInt64(giver))
    masks[expert].available = available
    // Now and then is often enough, and cheap.
    if left & 3 == 0 {
      let probe = first(of: available == 0 ? bit : available, from: UInt64(mask.probe) &+ 1)
      let isBetter = turns[row + probe].left > turns[row + Int(mask.next)].left
      masks[expert].probe = UInt8(truncatingIfNeeded: probe)
      masks[expert].next = isBetter ? UInt8(truncatingIfNeeded: probe) : mask.next
    }
    return rank
  }

  /// The first rank of a set at or after `start`, from 0 again after 63.
  @inline(__always)
  private func first(of set: UInt64, from start: UInt64) -> Int {
    let rotated = set &>> start | set &<< (0 &- start)
    return (rotated.trailingZeroBitCount &+ Int(start)) & 63
  }
}

/// The same for any number of ranks: what is near a token is marked with its number.
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
    for visit in token * visits.topK..<(token + 1) * visits.topK {
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

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
    for visit in visits.places(ofToken: token) {
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

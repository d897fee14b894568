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

/// The ranks of an expert's replicas as bits.
struct ReplicaMask {
  var all: UInt64 = 0
  /// Those with visits left.
  var available: UInt64 = 0
  /// The rank that comes first among equals: one with many visits left, as far as has been looked.
  var next: UInt64 = 0
  /// The rank that was looked at last.
  var probe: UInt64 = 0
}

/// The loop of `OptimalDispatch` for as many ranks as a word has bits: sets of ranks are words.
struct MaskChooser {
  let visits: DispatchVisits
  let ranks: Int
  let homes: UnsafeBufferPointer<ExpertHome>
  let turns: UnsafeMutableBufferPointer<ReplicaTurn>
  let room: UnsafeMutableBufferPointer<Int32>
  let masks: UnsafeMutableBufferPointer<ReplicaMask>
  let edgeToRank: UnsafeBufferPointer<UInt16>
  private var withRoom: UInt64 = 0

  init(
    visits: DispatchVisits, ranks: Int, homes: UnsafeBufferPointer<ExpertHome>,
    turns: UnsafeMutableBufferPointer<ReplicaTurn>, room: UnsafeMutableBufferPointer<Int32>,
    masks: UnsafeMutableBufferPointer<ReplicaMask>, edgeToRank: UnsafeBufferPointer<UInt16>
  ) {
    self.visits = visits
    self.ranks = ranks
    self.homes = homes
    self.turns = turns
    self.room = room
    self.masks = masks
    self.edgeToRank = edgeToRank
    for rank in room.indices where room[rank] > 0 { withRoom |= 1 &<< UInt64(rank) }
  }

  mutating func run() {
    let local = visits.ranksPerNode
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: ranks) { nodeMasks in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: visits.topK) { split in
        for rank in 0..<ranks {
          let node = UInt64.max >> UInt64(max(0, UInt64.bitWidth - local))
          nodeMasks.initializeElement(at: rank, to: node << UInt64(rank / local * local))
        }
        for token in 0..<visits.sources.count { choose(token, UnsafeBufferPointer(nodeMasks), split) }
      }
    }
  }

  @inline(__always)
  private mutating func choose(
    _ token: Int, _ nodeMasks: UnsafeBufferPointer<UInt64>, _ split: UnsafeMutableBufferPointer<Int32>
  ) {
    let source = Int(visits.sources[token])
    let atSource: UInt64 = 1 &<< UInt64(source)
    var reached: UInt64 = 0
    var near = nodeMasks[source]
    var splitCount = 0
    for visit in token * visits.topK..<(token + 1) * visits.topK {
      let home = homes[Int(visits.experts[visit])]
      visits.slots[visit] = home.slot
      let isSplit = home.replicas > 1
      reached |= (isSplit ? 0 : 1) &<< UInt64(home.rank)
      near |= isSplit ? 0 : nodeMasks[Int(home.rank)]
      split[splitCount] = Int32(truncatingIfNeeded: visit)
      splitCount += isSplit ? 1 : 0
    }
    for index in 0..<splitCount {
      let visit = Int(split[index])
      let expert = Int(visits.experts[visit])
      let rank = take(expert, reached: reached, atSource: atSource, near: near)
      visits.slots[visit] = turns[Int(edgeToRank[expert * ranks + rank])].slot
      reached |= 1 &<< UInt64(rank)
      near |= nodeMasks[rank]
    }
  }

  /// Takes a turn of one of the expert's replicas; its rank.
  @inline(__always)
  private mutating func take(_ expert: Int, reached: UInt64, atSource: UInt64, near: UInt64) -> Int {
    let mask = masks[expert]
    let usable = mask.available | mask.all & withRoom
    var candidates = mask.available
    candidates = usable & near != 0 ? usable & near : candidates
    candidates = usable & atSource != 0 ? usable & atSource : candidates
    candidates = usable & reached != 0 ? usable & reached : candidates
    let rank = first(of: candidates, from: mask.next)
    let bit: UInt64 = 1 &<< UInt64(rank)
    var giver = rank
    if mask.available & bit == 0 {
      giver = first(of: mask.available, from: mask.next)
      room[giver] += 1
      room[rank] -= 1
      withRoom |= 1 &<< UInt64(giver)
      withRoom &= room[rank] > 0 ? ~0 : ~bit
    }
    let edge = Int(edgeToRank[expert * ranks + giver])
    let left = turns[edge].left - 1
    turns[edge].left = left
    let available = left > 0 ? mask.available : mask.available & ~(1 &<< UInt64(giver))
    let probe = first(of: available == 0 ? bit : available, from: mask.probe &+ 1)
    let probed = turns[Int(edgeToRank[expert * ranks + probe])].left
    let most = turns[Int(edgeToRank[expert * ranks + Int(mask.next)])].left
    masks[expert].available = available
    masks[expert].probe = UInt64(probe)
    masks[expert].next = probed > most ? UInt64(probe) : mask.next
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

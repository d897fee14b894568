/// The bins of `SplittablePacking` on plain memory.
struct SplittableBins {
  let ranks: Int
  let slotsPerRank: Int
  let capacity: Int
  /// The items that are left, ascending, are the first `count`.
  let items: UnsafeMutableBufferPointer<Int>
  let experts: UnsafeMutableBufferPointer<Int>
  let parts: UnsafeMutableBufferPointer<Int>
  private var count: Int

  init(
    ranks: Int, slotsPerRank: Int, capacity: Int, items: UnsafeMutableBufferPointer<Int>,
    experts: UnsafeMutableBufferPointer<Int>, parts: UnsafeMutableBufferPointer<Int>
  ) {
    self.ranks = ranks
    self.slotsPerRank = slotsPerRank
    self.capacity = capacity
    self.items = items
    self.experts = experts
    self.parts = parts
    count = items.count
  }

  /// Whether all items fit.
  mutating func fill(with total: Int) -> Bool {
    var rest = total
    for rank in 0..<ranks where count > 0 {
      let bins = ranks - rank
      let needed = rest - (bins - 1) * capacity
      let taken: Int?
      if count <= bins * (slotsPerRank - 1) + 1 {
        taken = takeRun(rank)
      } else {
        taken = takeWhole(rank, needed: needed) ?? (count < bins * slotsPerRank ? takeRun(rank) : nil)
      }
      guard let taken, taken >= needed else { return false }
      rest -= taken
    }
    return count == 0
  }

  /// Fills a bin with the first run that reaches the capacity, and cuts its last item.
  private mutating func takeRun(_ rank: Int) -> Int {
    let start = firstRun(reaching: capacity)
    let size = min(slotsPerRank, count)
    var sum = 0
    var length = 0
    while length < size, sum < capacity {
      let item = items[start + length]
      put(item & 0xFFFF, item >> 16, rank, length)
      sum += item >> 16
      length += 1
    }
    // Items without load fill no bin, but each still needs a slot.
    guard sum > capacity else {
      close(from: start + length, to: start)
      return sum
    }
    let remainder = sum - capacity
    parts[rank * slotsPerRank + length - 1] -= remainder
    let item = remainder << 16 | items[start + length - 1] & 0xFFFF
    var position = start
    while position > 0, items[position - 1] > item {
      items[position] = items[position - 1]
      position -= 1
    }
    items[position] = item
    close(from: start + length, to: start + 1)
    return capacity
  }

  /// Fills a bin with a run of whole items, the heaviest that stays within the capacity, one of them exchanged for a
  /// better fit if that helps; nil if it does not reach `needed`.
  private mutating func takeWhole(_ rank: Int, needed: Int) -> Int? {
    let size = min(slotsPerRank, count)
    var start = firstRun(reaching: capacity + 1)
    if sum(start, size) > capacity { start -= 1 }
    guard start >= 0 else { return nil }
    let base = sum(start, size)
    var best = (sum: base, out: -1, in: -1)
    for out in start..<start + size {
      let others = base - items[out] >> 16
      let into = lastItem(atMost: capacity - others)
      guard into >= start + size, others + items[into] >> 16 > best.sum else { continue }
      best = (others + items[into] >> 16, out, into)
    }
    guard best.sum >= needed else { return nil }
    var place = 0
    for index in start..<start + size where index != best.out {
      put(items[index] & 0xFFFF, items[index] >> 16, rank, place)
      place += 1
    }
    if best.out >= 0 {
      put(items[best.in] & 0xFFFF, items[best.in] >> 16, rank, place)
      items[start] = items[best.out]
      // From the back, so that the first move does not displace what the second leaves.
      close(from: best.in + 1, to: best.in)
      close(from: start + size, to: start + 1)
    } else {
      close(from: start + size, to: start)
    }
    return best.sum
  }

  private func put(_ expert: Int, _ part: Int, _ rank: Int, _ place: Int) {
    experts[rank * slotsPerRank + place] = expert
    parts[rank * slotsPerRank + place] = part
  }

  /// Moves the items from `source` on to `target`, over those that are taken.
  private mutating func close(from source: Int, to target: Int) {
    guard let base = items.baseAddress else { return }
    (base + target).update(from: base + source, count: count - source)
    count -= source - target
  }

  /// Where the first run of k neighbours begins that reaches `load`, or else the last run.
  private func firstRun(reaching load: Int) -> Int {
    let size = min(slotsPerRank, count)
    var low = 0
    var high = count - size
    while low < high {
      let middle = (low + high) / 2
      if sum(middle, size) >= load { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func sum(_ start: Int, _ count: Int) -> Int {
    var sum = 0
    for index in start..<start + count { sum += items[index] >> 16 }
    return sum
  }

  /// The index of the heaviest item that is at most `load`, or -1.
  private func lastItem(atMost load: Int) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if items[middle] >> 16 <= load { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }
}

/// Packs items that may be cut into bins of equal capacity with at most `slotsPerRank` parts each: the sliding window of
/// Chung, Graham, Mao and Varghese, "Parallelism versus memory allocation in pipelined router forwarding engines" (2006).
///
/// Items are sorted by load. A bin takes the first run of `k` neighbours that reaches its capacity; the last of them is
/// cut, and the rest of it goes back among the items. With `n` items, `m` bins left and n ≤ m(k − 1) + 1, a run of k
/// that reaches the mean exists, and both the condition and the mean survive the bin: so redundant slots ≥ ranks − 1
/// are enough for perfect balance. No item is cut twice into the same bin.
///
/// Loads are whole numbers, 46 bits in all, so that nothing is lost to rounding.
///
/// - Complexity: O(experts · log experts + ranks · (k · log experts + experts)), the last term a `memmove`.
struct SplittablePacking {
  let ranks: Int
  let slotsPerRank: Int
  /// `[experts]` load in units of 2^-46 of the layer's.
  private(set) var weights: [Int]
  /// `[slots]` expert or -1, and how much of it the slot takes.
  private(set) var experts: [Int]
  private(set) var parts: [Int]
  /// Load · 65536 + expert, ascending.
  private var sorted: [Int] = []
  private var items: [Int] = []

  init(experts: Int, ranks: Int, slotsPerRank: Int) {
    self.ranks = ranks
    self.slotsPerRank = slotsPerRank
    weights = Array(repeating: 0, count: experts)
    self.experts = Array(repeating: -1, count: ranks * slotsPerRank)
    parts = Array(repeating: 0, count: ranks * slotsPerRank)
  }

  /// The least capacity that holds the layer: its mean, rounded up.
  var mean: Int { (weights.reduce(0, +) + ranks - 1) / ranks }

  /// Whether there are enough slots for perfect balance, whatever the load.
  var isPerfect: Bool { weights.count <= ranks * (slotsPerRank - 1) + 1 }

  /// - Parameter load: not negative.
  mutating func take(_ load: ArraySlice<Double>) {
    let total = load.reduce(0, +)
    let scale = total > 0 ? 0x1p46 / total : 0
    sorted.removeAll(keepingCapacity: true)
    for (expert, tokens) in load.enumerated() {
      weights[expert] = Int(tokens * scale)
      sorted.append(weights[expert] << 16 | expert)
    }
    sorted.sort()
  }

  /// Whether all items fit into bins of `capacity`; `experts` and `parts` hold the packing if they do.
  mutating func pack(capacity: Int) -> Bool {
    for slot in experts.indices {
      experts[slot] = -1
      parts[slot] = 0
    }
    items.removeAll(keepingCapacity: true)
    items.append(contentsOf: sorted)
    var rest = weights.reduce(0, +)
    for rank in 0..<ranks where !items.isEmpty {
      let bins = ranks - rank
      let needed = rest - (bins - 1) * capacity
      let taken: Int?
      if items.count <= bins * (slotsPerRank - 1) + 1 {
        taken = takeRun(rank, capacity: capacity)
      } else {
        taken =
          takeWhole(rank, capacity: capacity, needed: needed)
          ?? (items.count < bins * slotsPerRank ? takeRun(rank, capacity: capacity) : nil)
      }
      guard let taken, taken >= needed else { return false }
      rest -= taken
    }
    return items.isEmpty
  }

  /// Fills a bin with the first run that reaches `capacity`, and cuts its last item.
  private mutating func takeRun(_ rank: Int, capacity: Int) -> Int {
    let start = firstRun(reaching: capacity)
    var sum = 0
    var count = 0
    while count < min(slotsPerRank, items.count), sum < capacity {
      let item = items[start + count]
      put(item & 0xFFFF, item >> 16, rank, count)
      sum += item >> 16
      count += 1
    }
    // Items without load fill no bin, but each still needs a slot.
    guard sum > capacity else {
      items.removeSubrange(start..<start + count)
      return sum
    }
    let last = items[start + count - 1]
    let remainder = sum - capacity
    parts[rank * slotsPerRank + count - 1] -= remainder
    let item = remainder << 16 | last & 0xFFFF
    var position = start + count - 1
    items.removeSubrange(start..<start + count - 1)
    position = start
    while position > 0, items[position - 1] > item {
      items[position] = items[position - 1]
      position -= 1
    }
    items[position] = item
    return capacity
  }

  /// Fills a bin with a run of whole items, the heaviest that stays within `capacity`, one of them exchanged for a
  /// better fit if that helps; nil if it does not reach `needed`.
  private mutating func takeWhole(_ rank: Int, capacity: Int, needed: Int) -> Int? {
    let size = min(slotsPerRank, items.count)
    var start = firstRun(reaching: capacity + 1)
    if sum(start, size) > capacity { start -= 1 }
    guard start >= 0 else { return nil }
    let base = sum(start, size)
    var best = (sum: base, out: -1, in: -1)
    for out in start..<start + size {
      let room = capacity - base + (items[out] >> 16)
      let into = lastItem(atMost: room)
      guard into >= start + size, base - (items[out] >> 16) + (items[into] >> 16) > best.sum else { continue }
      best = (base - (items[out] >> 16) + (items[into] >> 16), out, into)
    }
    guard best.sum >= needed else { return nil }
    if best.out >= 0 {
      let entering = items.remove(at: best.in)
      let leaving = items.remove(at: best.out)
      items.insert(entering, at: start + size - 1)
      items.insert(leaving, at: start)
      start += 1
    }
    for count in 0..<size { put(items[start + count] & 0xFFFF, items[start + count] >> 16, rank, count) }
    items.removeSubrange(start..<start + size)
    items.sort()
    return best.sum
  }

  private mutating func put(_ expert: Int, _ part: Int, _ rank: Int, _ place: Int) {
    experts[rank * slotsPerRank + place] = expert
    parts[rank * slotsPerRank + place] = part
  }

  /// Where the first run of k neighbours begins that reaches `capacity`, or else the last run.
  private func firstRun(reaching capacity: Int) -> Int {
    let size = min(slotsPerRank, items.count)
    var low = 0
    var high = items.count - size
    while low < high {
      let middle = (low + high) / 2
      if sum(middle, size) >= capacity { high = middle } else { low = middle + 1 }
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
    var high = items.count
    while low < high {
      let middle = (low + high) / 2
      if items[middle] >> 16 <= load { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }
}

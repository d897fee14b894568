/// Packs items that may be cut into bins of equal capacity with at most `slotsPerRank` parts each: the sliding window
/// of Chung, Graham, Mao and Varghese, "Parallelism versus memory allocation in pipelined router forwarding engines"
/// (2006).
///
/// Items are sorted by load. A bin takes the first run of `k` neighbours that reaches its capacity; the last of them is
/// cut, and the rest of it goes back among the items. With `n` items, `m` bins left and n ≤ m(k − 1) + 1, a run of k
/// that reaches the mean exists, and both the condition and the mean survive the bin: so redundant slots ≥ ranks − 1
/// are enough for perfect balance. No item is cut twice into the same bin.
///
/// Loads are whole numbers, 46 bits in all, so that nothing is lost to rounding. The loops are in
/// `SplittableBins`.
///
/// - Complexity: O(experts · log experts + ranks · (k · log experts + experts)), the last term a `memmove`.
struct SplittablePacking {
  let ranks: Int
  let slotsPerRank: Int
  /// `[experts]` load in units of 2^-46 of the layer's.
  private(set) var weights: [Int]
  /// `[slots]` expert or -1, and how much of it the slot takes.
  var experts: [Int]
  var parts: [Int]
  /// `[experts]` load · 65536 + expert, ascending.
  private var sorted: [Int] = []
  private var sort = RadixSort()
  var items: [Int]
  private var keptExperts: [Int]
  private var keptParts: [Int]
  /// The load of all experts.
  private(set) var total = 0

  init(experts: Int, ranks: Int, slotsPerRank: Int) {
    self.ranks = ranks
    self.slotsPerRank = slotsPerRank
    weights = Array(repeating: 0, count: experts)
    items = Array(repeating: 0, count: experts)
    self.experts = Array(repeating: -1, count: ranks * slotsPerRank)
    parts = Array(repeating: 0, count: ranks * slotsPerRank)
    keptExperts = self.experts
    keptParts = parts
  }

  /// The least capacity that holds the layer: its mean, rounded up; 1 without load.
  var mean: Int { max(1, (total + ranks - 1) / ranks) }

  /// Whether there are enough slots for perfect balance, whatever the load.
  var isPerfect: Bool { weights.count <= ranks * (slotsPerRank - 1) + 1 }

  /// A capacity that no packing beats, of whatever slots and shares: the mean; what the h heaviest experts fill when
  /// they have all redundant slots; and, without any, the heaviest with the lightest for company, or two of the
  /// heaviest ranks + 1 together.
  var bound: Int {
    var bound = mean
    let redundant = ranks * slotsPerRank - weights.count
    var heaviest = 0
    for count in 1...weights.count {
      let load = sorted[weights.count - count] >> 16
      // From here on the mean of the heaviest slots can only fall.
      if count > 1, load * (redundant + count - 1) <= heaviest { break }
      heaviest += load
      bound = max(bound, (heaviest + redundant + count - 1) / (redundant + count))
    }
    guard redundant == 0, slotsPerRank > 1 else { return bound }
    let company = sorted[..<(slotsPerRank - 1)].reduce(0) { $0 + $1 >> 16 }
    let pair = sorted[weights.count - ranks] >> 16 + sorted[weights.count - ranks - 1] >> 16
    return max(bound, sorted[weights.count - 1] >> 16 + company, pair)
  }

  /// The expert at a place in the order of ascending load.
  func expert(ofAscendingLoad place: Int) -> Int { sorted[place] & 0xFFFF }

  /// - Parameter load: not negative.
  mutating func take(_ load: ArraySlice<Double>) {
    let sum = load.reduce(0, +)
    let scale = sum > 0 ? 0x1p46 / sum : 0
    total = 0
    sorted.removeAll(keepingCapacity: true)
    var expert = 0
    for tokens in load {
      let weight = Int(tokens * scale)
      weights[expert] = weight
      total += weight
      sorted.append(weight << 16 | expert)
      expert += 1
    }
    sort.sort(&sorted)
  }

  /// Whether all items fit into bins of `capacity`; `experts` and `parts` hold the packing if they do, -1 and 0 where a
  /// slot is left over.
  mutating func pack(capacity: Int) -> Bool {
    experts.refill(-1, count: experts.count)
    parts.refill(0, count: parts.count)
    items.removeAll(keepingCapacity: true)
    items.append(contentsOf: sorted)
    return fillBins(capacity: capacity)
  }

  /// Puts a packing aside, and takes it back after others have been tried.
  mutating func keep() {
    swap(&experts, &keptExperts)
    swap(&parts, &keptParts)
  }

  mutating func restore() { keep() }

  /// Puts the heaviest expert that a rank does not hold in each slot that is left over.
  mutating func useLeftovers() {
    for rank in 0..<ranks {
      let slots = rank * slotsPerRank..<(rank + 1) * slotsPerRank
      var heavier = weights.count
      for slot in slots where experts[slot] < 0 {
        repeat { heavier -= 1 } while experts[slots].contains(expert(ofAscendingLoad: heavier))
        experts[slot] = expert(ofAscendingLoad: heavier)
      }
    }
  }

  /// Takes another placement over: `[slots]` experts, of which a rank's repeats are left over.
  mutating func adopt(_ placement: [Int]) {
    for rank in 0..<ranks {
      let start = rank * slotsPerRank
      for slot in start..<start + slotsPerRank {
        experts[slot] = placement[start..<slot].contains(placement[slot]) ? -1 : placement[slot]
      }
    }
  }

  /// What the fullest bin holds.
  var level: Int {
    var level = 0
    for start in stride(from: 0, to: parts.count, by: slotsPerRank) {
      var sum = 0
      for slot in start..<start + slotsPerRank { sum += parts[slot] }
      level = max(level, sum)
    }
    return level
  }

  /// Changes how experts are split over the slots that hold them.
  mutating func split(by parts: [Int]) { self.parts = parts }
}

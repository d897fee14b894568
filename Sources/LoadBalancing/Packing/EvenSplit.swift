/// The slots of one layer whose experts split evenly over their replicas, and the loads that follow: what exchanges and
/// replacements of slots change. Reused for many layers.
struct EvenSplit {
  let experts: Int
  let ranks: Int
  let slotsPerRank: Int
  /// Whether a rank may hold an expert twice.
  let allowsDoubles: Bool
  /// `[slots]`.
  private(set) var expertOfSlot: [Int] = []
  /// `[experts]` slots of each, and tokens of each slot.
  private(set) var replicas: [Int] = []
  private(set) var parts: [Double] = []
  /// `[ranks]` tokens.
  private(set) var rankLoads: [Double] = []
  /// `[experts]` tokens.
  private var load: [Double] = []
  /// `[experts][ranks]` slots of the expert on the rank.
  private var held: [Int32] = []

  init(experts: Int, ranks: Int, slotsPerRank: Int, allowsDoubles: Bool) {
    self.experts = experts
    self.ranks = ranks
    self.slotsPerRank = slotsPerRank
    self.allowsDoubles = allowsDoubles
  }

  /// - Parameters:
  ///   - map: `[slots]` the expert of every slot.
  ///   - load: `[experts]` tokens, taken as none where negative.
  mutating func take(_ map: [Int], load: ArraySlice<Double>) {
    expertOfSlot = map
    self.load.removeAll(keepingCapacity: true)
    for tokens in load { self.load.append(max(0, tokens)) }
    replicas.refill(0, count: experts)
    held.refill(0, count: experts * ranks)
    for slot in map.indices {
      replicas[map[slot]] += 1
      held[map[slot] * ranks + slot / slotsPerRank] += 1
    }
    parts.removeAll(keepingCapacity: true)
    for expert in 0..<experts { parts.append(self.load[expert] / Double(max(1, replicas[expert]))) }
    rankLoads.refill(0, count: ranks)
    for slot in map.indices { rankLoads[slot / slotsPerRank] += parts[map[slot]] }
  }

  /// Tokens of the most loaded rank.
  var peak: Double { rankLoads.max() ?? 0 }

  func rank(ofSlot slot: Int) -> Int { slot / slotsPerRank }

  func slots(ofRank rank: Int) -> Range<Int> { rank * slotsPerRank..<(rank + 1) * slotsPerRank }

  func holds(_ expert: Int, on rank: Int) -> Bool { held[expert * ranks + rank] > 0 }

  /// Whether the slot's rank has the expert in an earlier slot, too.
  func isDouble(_ slot: Int) -> Bool {
    let expert = expertOfSlot[slot]
    guard held[expert * ranks + rank(ofSlot: slot)] > 1 else { return false }
    return expertOfSlot[slots(ofRank: rank(ofSlot: slot)).lowerBound..<slot].contains(expert)
  }

  /// Whether two slots' experts may change places; their ranks differ.
  func mayExchange(_ slot: Int, _ other: Int) -> Bool {
    let (expert, second) = (expertOfSlot[slot], expertOfSlot[other])
    return expert != second
      && (allowsDoubles || !holds(expert, on: rank(ofSlot: other)) && !holds(second, on: rank(ofSlot: slot)))
  }

  /// Whether the slot can be given to an expert: its own has another, and its rank may have one more of the new one.
  func mayReplace(_ slot: Int, by expert: Int) -> Bool {
    let old = expertOfSlot[slot]
    return old != expert && replicas[old] > 1 && (allowsDoubles || !holds(expert, on: rank(ofSlot: slot)))
  }

  /// What `replace` would do to the ranks that hold either expert.
  struct Replacement {
    let expert: Int
    let old: Int
    /// The slot's rank.
    let place: Int
    /// What each slot of the expert loses, and each of the old one gains, and what becomes of the slot's own rank besides.
    let relief: Double
    let burden: Double
    let exchange: Double
  }

  func replacement(of slot: Int, by expert: Int) -> Replacement {
    let old = expertOfSlot[slot]
    let newPart = load[expert] / Double(replicas[expert] + 1)
    let burden = load[old] / Double(replicas[old] - 1) - parts[old]
    return Replacement(
      expert: expert, old: old, place: rank(ofSlot: slot), relief: parts[expert] - newPart, burden: burden,
      exchange: newPart - parts[old] - burden)
  }

  /// Tokens of a rank after a replacement.
  @inline(__always)
  func tokens(of rank: Int, after change: Replacement) -> Double {
    rankLoads[rank] - Double(held[change.expert * ranks + rank]) * change.relief
      + Double(held[change.old * ranks + rank]) * change.burden + (rank == change.place ? change.exchange : 0)
  }

  /// Tokens of the most loaded rank that a replacement touches; nil where they are not below a limit.
  func peak(after change: Replacement, below limit: Double) -> Double? {
    var peak = tokens(of: change.place, after: change)
    for rank in 0..<ranks where peak < limit {
      guard held[change.expert * ranks + rank] > 0 || held[change.old * ranks + rank] > 0 else { continue }
      peak = max(peak, tokens(of: rank, after: change))
    }
    return peak < limit ? peak : nil
  }

  mutating func exchange(_ slot: Int, _ other: Int) {
    let (expert, second) = (expertOfSlot[slot], expertOfSlot[other])
    let (from, to) = (rank(ofSlot: slot), rank(ofSlot: other))
    let difference = parts[expert] - parts[second]
    rankLoads[from] -= difference
    rankLoads[to] += difference
    held[expert * ranks + from] -= 1
    held[expert * ranks + to] += 1
    held[second * ranks + to] -= 1
    held[second * ranks + from] += 1
    expertOfSlot.swapAt(slot, other)
  }

  mutating func replace(_ slot: Int, by expert: Int) {
    let old = expertOfSlot[slot]
    addTokens(of: expert, times: -1)
    addTokens(of: old, times: -1)
    expertOfSlot[slot] = expert
    for (changed, count) in [(old, -1), (expert, 1)] {
      held[changed * ranks + rank(ofSlot: slot)] += Int32(count)
      replicas[changed] += count
      parts[changed] = load[changed] / Double(replicas[changed])
    }
    addTokens(of: expert, times: 1)
    addTokens(of: old, times: 1)
  }

  private mutating func addTokens(of expert: Int, times sign: Double) {
    for rank in 0..<ranks { rankLoads[rank] += sign * Double(held[expert * ranks + rank]) * parts[expert] }
  }
}

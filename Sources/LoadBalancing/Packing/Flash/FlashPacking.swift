/// FlashLB's placement of given copies: the largest mean per copy first, each to the rank whose risk after it is least,
/// among those that have room and lack the expert.
///
/// A rank's risk is the mean of its load and a quantile of its deviation between samples. Ranks' loads are kept sample by
/// sample, so that neither covariances nor a second pass for the score are needed.
struct FlashPacking {
  let samples: FlashSamples
  let ranks: Int
  let slotsPerRank: Int
  /// `[experts]` by descending mean, equal ones by ascending id.
  private let byMean: [Int]
  /// `[experts]` in the order in which they are placed.
  private var order: [Int] = []

  /// `[ranks]` mean load, and its standard deviation between samples.
  var means: [Double]
  var deviations: [Double]
  /// `[ranks][samples]` load of a sample less the mean.
  var scatter: [Double]
  /// `[ranks]` slots in use, and the expert that came last; -1 for none.
  var filled: [Int]
  var last: [Int]
  /// `[ranks][slotsPerRank]` experts.
  var slots: [Int]

  init(_ samples: FlashSamples, ranks: Int, slotsPerRank: Int) {
    self.samples = samples
    self.ranks = ranks
    self.slotsPerRank = slotsPerRank
    byMean = samples.means.indices.sorted { (-samples.means[$0], $0) < (-samples.means[$1], $1) }
    means = Array(repeating: 0, count: ranks)
    deviations = means
    scatter = Array(repeating: 0, count: ranks * samples.count)
    filled = Array(repeating: 0, count: ranks)
    last = Array(repeating: -1, count: ranks)
    slots = Array(repeating: 0, count: ranks * slotsPerRank)
  }

  /// `[ranks]` experts as they came.
  var held: [[Int]] { (0..<ranks).map { Array(slots[$0 * slotsPerRank..<$0 * slotsPerRank + filled[$0]]) } }

  /// - Parameter copies: `[experts]`, as many as slots.
  /// - Returns: false if some copy found no rank.
  mutating func pack(_ copies: [Int]) -> Bool {
    reset()
    arrange(copies)
    for expert in order {
      for _ in 0..<copies[expert] {
        guard let rank = safest(for: expert, copies: copies[expert]) else { return false }
        put(expert, copies: copies[expert], on: rank)
      }
    }
    return true
  }

  private mutating func reset() {
    means.refill(0, count: ranks)
    deviations.refill(0, count: ranks)
    scatter.refill(0, count: ranks * samples.count)
    filled.refill(0, count: ranks)
    last.refill(-1, count: ranks)
  }

  /// Experts by descending mean per copy, equal ones by ascending id: those with one copy are in order already.
  private mutating func arrange(_ copies: [Int]) {
    func share(_ expert: Int) -> Double { samples.means[expert] / Double(copies[expert]) }
    func precedes(_ expert: Int, _ other: Int) -> Bool {
      let (mine, its) = (share(expert), share(other))
      return mine > its || mine == its && expert < other
    }
    let split = byMean.filter { copies[$0] > 1 }.sorted(by: precedes)
    var next = split.startIndex
    order.removeAll(keepingCapacity: true)
    for expert in byMean where copies[expert] == 1 {
      while next < split.endIndex, precedes(split[next], expert) {
        order.append(split[next])
        next += 1
      }
      order.append(expert)
    }
    order.append(contentsOf: split[next...])
  }
}

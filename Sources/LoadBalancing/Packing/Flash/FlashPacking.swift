/// FlashLB's placement of given copies: the largest mean per copy first, each to the rank whose risk after it is least,
/// among those that have room and lack the expert.
///
/// A rank's risk is the mean of its load and a quantile of its deviation between samples. Ranks' loads are kept sample by
/// sample, so that neither covariances nor a second pass for the score are needed; in single precision, as the original
/// has them.
struct FlashPacking {
  let samples: FlashSamples
  let ranks: Int
  let slotsPerRank: Int
  /// `[experts]` by descending mean, equal ones by ascending id.
  private let byMean: [Int]
  /// `[experts]` in the order in which they are placed.
  private var order: [Int] = []

  /// `[ranks, filled up to eight at a time]` mean load, its standard deviation between samples, and the mean again of
  /// ranks that can take the copy at hand; infinite for the others.
  var means: [Float]
  var deviations: [Float]
  var offers: [Float]
  /// `[ranks][samples.padded]` load of a sample less the mean.
  var scatter: [Float]
  /// `[ranks]` slots in use.
  var filled: [Int]
  /// `[ranks][slotsPerRank]` experts.
  var slots: [Int]

  init(_ samples: FlashSamples, ranks: Int, slotsPerRank: Int) {
    self.samples = samples
    self.ranks = ranks
    self.slotsPerRank = slotsPerRank
    byMean = samples.means.indices.sorted { (-samples.means[$0], $0) < (-samples.means[$1], $1) }
    means = Array(repeating: 0, count: (ranks + 7) / 8 * 8)
    deviations = means
    offers = means
    scatter = Array(repeating: 0, count: ranks * samples.padded)
    filled = Array(repeating: 0, count: ranks)
    slots = Array(repeating: 0, count: ranks * slotsPerRank)
  }

  /// `[ranks]` experts as they came.
  var held: [[Int]] { (0..<ranks).map { Array(slots[$0 * slotsPerRank..<$0 * slotsPerRank + filled[$0]]) } }

  /// - Parameter copies: `[experts]`, as many as slots.
  /// - Returns: false if some copy found no rank.
  mutating func pack(_ copies: [Int]) -> Bool {
    reset()
    arrange(copies)
    var taken: [Int] = []
    for expert in order {
      let count = copies[expert]
      for _ in 0..<count {
        guard let rank = safest(for: expert, copies: count) else { return false }
        put(expert, copies: count, on: rank)
        if count > 1 {
          taken.append(rank)
          offers[rank] = .infinity
        }
      }
      for rank in taken where filled[rank] < slotsPerRank { offers[rank] = means[rank] }
      taken.removeAll(keepingCapacity: true)
    }
    return true
  }

  private mutating func reset() {
    means.refill(0, count: means.count)
    deviations.refill(0, count: means.count)
    offers.refill(0, count: means.count)
    for rank in ranks..<means.count { offers[rank] = .infinity }
    scatter.refill(0, count: scatter.count)
    filled.refill(0, count: ranks)
  }

  /// Experts by descending mean per copy, equal ones by ascending id: those with one copy are in order already.
  private mutating func arrange(_ copies: [Int]) {
    let means = samples.means
    func precedes(_ expert: Int, _ other: Int) -> Bool {
      let (mine, its) = (means[expert] / Double(copies[expert]), means[other] / Double(copies[other]))
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

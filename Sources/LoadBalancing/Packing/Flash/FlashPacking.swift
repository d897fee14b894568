/// FlashLB's placement of given copies: the largest mean per copy first, each to the rank whose risk after it is least,
/// among those that have room and lack the expert.
///
/// A rank's risk is the mean of its load and a quantile of its deviation between samples. Ranks' loads are kept sample
/// by sample, so that neither covariances nor a second pass for the score are needed; in single precision, as the
/// original has them.
struct FlashPacking {
  let samples: FlashSamples
  let ranks: Int
  let slotsPerRank: Int
  /// `[experts]` by descending mean, equal ones by ascending id.
  private let byMean: [Int]
  /// `[experts]` in the order in which they are placed.
  private(set) var order: [Int] = []

  /// Ranks, filled up to eight at a time.
  let lanes: Int
  /// `[4][lanes]` mean load, its standard deviation between samples, the mean again of ranks that can take the copy at
  /// hand, infinite for the others, and the least risk that a rank could have with it; then `[ranks][samples.padded]`
  /// the load of a sample less the mean.
  var numbers: [Float]
  /// `[2][lanes]` slots in use, and ranks that are looked at closely.
  var places: [Int32]
  /// `[ranks][slotsPerRank]` experts.
  var slots: [Int]

  init(_ samples: FlashSamples, ranks: Int, slotsPerRank: Int) {
    self.samples = samples
    self.ranks = ranks
    self.slotsPerRank = slotsPerRank
    byMean = samples.means.indices.sorted { (-samples.means[$0], $0) < (-samples.means[$1], $1) }
    lanes = (ranks + 7) / 8 * 8
    numbers = Array(repeating: 0, count: 4 * lanes + ranks * samples.padded)
    places = Array(repeating: 0, count: 2 * lanes)
    slots = Array(repeating: 0, count: ranks * slotsPerRank)
  }

  /// - Parameter copies: `[experts]`, as many as slots.
  /// - Returns: how uneven the ranks are, the hottest over the mean on average over the samples; nil if some copy found
  ///   no rank.
  mutating func pack(_ copies: [Int]) -> Double? {
    numbers.refill(0, count: numbers.count)
    for rank in ranks..<lanes { numbers[2 * lanes + rank] = .infinity }
    places.refill(0, count: places.count)
    arrange(copies)
    return fill(copies)
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

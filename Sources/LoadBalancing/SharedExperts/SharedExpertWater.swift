/// What a source's shared visits are poured on.
package struct SharedExpertLevel {
  /// `[ranks]` visits.
  var load: [Int]
  /// Visits that ranks should come to.
  package var target: Int
  /// Whether a token may go to any rank, rather than to its own and those of its experts.
  package var isAnywhere: Bool
}

/// Draws the rank of every token's shared visit in proportion to what candidates lack of the level, ten elevenths of it
/// for ranks other than its own.
///
/// Where none lacks anything a token stays, unless a candidate has less than ten elevenths of the least seen so far. A
/// rank with fewer than 64 tokens keeps them. Draws hash the token's number on its rank, and the rank's.
///
/// Source: as `WaterfillSharedExpert`.
struct SharedExpertWater {
  static let fewestTokens = 64

  /// `[ranks]` tokens, and those seen so far.
  private var tokens: [Int] = []
  private var numbers: [Int] = []
  /// Of the current token: ranks ascending, and in the order in which they are tried.
  private var candidates: [Int] = []
  private var order: [Int] = []

  /// - Parameter levels: one for each source, or one for all.
  mutating func pour(_ visits: RoutedVisits, to levels: [SharedExpertLevel], into ranks: inout [UInt32]) {
    tokens.refill(0, count: visits.ranks)
    numbers.refill(0, count: visits.ranks)
    for source in visits.sources { tokens[Int(source)] += 1 }
    ranks.removeAll(keepingCapacity: true)
    for (token, source) in visits.sources.enumerated() {
      let rank = Int(source)
      let number = numbers[rank]
      numbers[rank] += 1
      guard tokens[rank] >= Self.fewestTokens else {
        ranks.append(source)
        continue
      }
      let level = levels[min(rank, levels.count - 1)]
      gather(visits.visited(byToken: token), source: rank, anywhereOf: level.isAnywhere ? visits.ranks : 0)
      ranks.append(UInt32(drawn(number, source: rank, level) ?? lowest(source: rank, level)))
    }
  }

  private mutating func gather(_ visited: ArraySlice<UInt32>, source: Int, anywhereOf ranks: Int) {
    order.removeAll(keepingCapacity: true)
    candidates.removeAll(keepingCapacity: true)
    order.append(contentsOf: 0..<ranks)
    candidates.append(contentsOf: 0..<ranks)
    guard ranks == 0 else { return }
    candidates.append(source)
    for rank in visited.lazy.map({ Int($0) }) {
      order.append(rank)
      guard !candidates.contains(rank) else { continue }
      candidates.insert(rank, at: candidates.firstIndex { $0 > rank } ?? candidates.count)
    }
  }

  private func weight(of rank: Int, source: Int, _ level: SharedExpertLevel) -> Int {
    let missing = max(level.target - level.load[rank], 0)
    return rank == source ? missing : missing * 10 / 11
  }

  /// Nil where no candidate lacks anything.
  private func drawn(_ number: Int, source: Int, _ level: SharedExpertLevel) -> Int? {
    let sum = candidates.reduce(0) { $0 + weight(of: $1, source: source, level) }
    guard sum > 0 else { return nil }
    let seed = UInt32(truncatingIfNeeded: number) ^ UInt32(truncatingIfNeeded: source) &* 0x9E37_79B9
    var left = Int(seed &* 1_664_525 &+ 1_013_904_223) % sum
    return candidates.first { rank in
      left -= weight(of: rank, source: source, level)
      return left < 0
    }
  }

  private func lowest(source: Int, _ level: SharedExpertLevel) -> Int {
    order.reduce(source) { level.load[$1] * 11 < level.load[$0] * 10 ? $1 : $0 }
  }
}

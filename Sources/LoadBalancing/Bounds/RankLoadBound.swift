/// The tokens that the most loaded rank has at least, whatever the placement of `slots` slots and the shares of
/// replicas.
///
/// The largest of
/// - the mean over ranks;
/// - the least level L at which the experts fit their slots: an expert with n tokens fills at least ⌈n / L⌉ slots of at
///   most L tokens, and there are `slots` of them;
/// - without replicas: an expert shares its rank with slots per rank − 1 others, at best the lightest; and of the
///   ranks + 1 heaviest experts two share a rank (if a rank has more than one slot).
///
/// It holds for equal shares as well, being the larger family's bound.
///
/// - Complexity: O(experts) when the mean is the bound, else O(experts · log tokens).
public struct RankLoadBound: Sendable {
  public let ranks: Int
  public let slots: Int

  public init(ranks: Int, slots: Int) {
    precondition(ranks > 0 && slots % ranks == 0)
    self.ranks = ranks
    self.slots = slots
  }

  /// - Parameters:
  ///   - tokens: `[experts]` tokens of each expert.
  ///   - isWhole: whether tokens are indivisible.
  public func bound(of tokens: [Double], isWhole: Bool) -> Double {
    let mean = tokens.reduce(0, +) / Double(ranks)
    var level = isWhole ? (mean - 1e-9).rounded(.up) : mean
    guard level > 0 else { return 0 }
    if tokens.count == slots { level = max(level, withoutReplicas(tokens, isWhole: isWhole)) }
    if slotsNeeded(tokens, level) <= slots { return level }
    var low = level
    var high = max(level, tokens.max() ?? 0)
    let precision = isWhole ? 1 : 1e-9 * high
    while high - low > precision {
      let middle = isWhole ? ((low + high) / 2).rounded(.down) : (low + high) / 2
      if slotsNeeded(tokens, middle) <= slots { high = middle } else { low = middle }
    }
    return isWhole ? high : low
  }

  private func slotsNeeded(_ tokens: [Double], _ level: Double) -> Int {
    var needed = 0.0
    for count in tokens { needed += count <= level ? 1 : max(1, (count / level - 1e-12).rounded(.up)) }
    return Int(needed)
  }

  private func withoutReplicas(_ tokens: [Double], isWhole: Bool) -> Double {
    let slotsPerRank = slots / ranks
    guard slotsPerRank > 1 else { return tokens.max() ?? 0 }
    let lightest = max(ranks, tokens.count - slotsPerRank + 1)
    if isWhole, let order = WholeOrder(tokens) {
      return max(order[0] + order.sum(from: lightest), order[ranks - 1] + order[ranks])
    }
    var tokens = tokens
    tokens.putInPlace(ranks, from: 0)
    let heaviest = tokens[..<ranks]
    let pair = (heaviest.min() ?? 0) + tokens[ranks]
    let alone = heaviest.max() ?? 0
    tokens.putInPlace(lightest, from: ranks)
    return max(alone + tokens[lightest...].sorted(by: >).reduce(0, +), pair)
  }
}

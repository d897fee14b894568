import Foundation

/// A router that first draws the groups of experts that a token may visit.
struct GroupLimit: Sendable {
  private let experts: Int
  private let topK: Int
  private let groups: Int
  private let groupsPerToken: Int

  /// - Parameters:
  ///   - groups: a divisor of `experts`.
  ///   - groupsPerToken: at most `groups`, with at least `topK` experts.
  init(experts: Int, topK: Int, groups: Int, groupsPerToken: Int) {
    precondition(experts % groups == 0 && groupsPerToken <= groups)
    precondition(topK <= experts / groups * groupsPerToken)
    self.experts = experts
    self.topK = topK
    self.groups = groups
    self.groupsPerToken = groupsPerToken
  }

  private var groupSize: Int { experts / groups }

  /// Probability that a token visits one of these experts.
  func touchProbability(of block: Range<Int>) -> Double {
    let inside = block.lowerBound / groupSize..<(block.upperBound + groupSize - 1) / groupSize
    let sizes = inside.map { block.clamped(to: $0 * groupSize..<($0 + 1) * groupSize).count }
    let whole = sizes.count { $0 == groupSize }
    let parts = sizes.filter { $0 < groupSize }
    let others = groups - sizes.count
    var touched = 0.0
    // At most two groups lie in the block with a part of their experts, at its ends.
    for chosen in 0..<(1 << parts.count) {
      let chosenParts = parts.indices.filter { chosen >> $0 & 1 == 1 }
      let experts = chosenParts.reduce(0) { $0 + parts[$1] }
      for wholeChosen in 0...min(whole, groupsPerToken) {
        let rest = groupsPerToken - chosenParts.count - wholeChosen
        guard rest >= 0, rest <= others else { continue }
        let ways = logBinomial(whole, wholeChosen) + logBinomial(others, rest) - logBinomial(groups, groupsPerToken)
        touched += exp(ways) * (1 - missProbability(of: experts + wholeChosen * groupSize))
      }
    }
    return min(1, touched)
  }

  private func missProbability(of share: Int) -> Double {
    GateExpectation.missProbability(of: Double(share), among: Double(groupsPerToken * groupSize), topK: topK)
  }
}

/// The natural logarithm of C(n, k).
private func logBinomial(_ n: Int, _ k: Int) -> Double {
  (0..<min(k, n - k)).reduce(0) { $0 + log(Double(n - $1) / Double($1 + 1)) }
}

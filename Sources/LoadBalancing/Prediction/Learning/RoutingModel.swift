/// What was learned of which experts a token chooses, given something that is known before it does.
public protocol RoutingModel {
  var needsTokenIDs: Bool { get }
  /// Counts the tokens of one step of the training prefix.
  mutating func train(_ tokens: RoutedTokens)
  /// Turns counts into distributions, after the last step of the prefix.
  mutating func finishTraining()
  /// `[layers][experts]` visits expected of these tokens: the sum of their distributions.
  func expectedLoad(of tokens: RoutedTokens) -> ExpertLoad
  /// Writes how likely one token is to choose each expert of a layer, up to scale.
  ///
  /// - Parameter scores: `[experts]`, overwritten.
  func score(_ tokens: RoutedTokens, token: Int, layer: Int, into scores: inout [Float])
}

/// `[rows][experts]` visits of experts given one of `rows` contexts, then their distribution in each row.
struct ConditionalCounts {
  let experts: Int
  /// Exact up to 2^53; empty when the distribution is known.
  var visits: [Double]
  /// Empty while visits are counted.
  private(set) var distribution: [Float] = []

  init(rows: Int, experts: Int) {
    self.experts = experts
    visits = Array(repeating: 0, count: rows * experts)
  }

  subscript(row: Int) -> Range<Int> { row * experts..<(row + 1) * experts }

  /// Every row to sum 1; a row without visits takes the row of `fallback` that `fallbackRow` names.
  mutating func normalise(fallback: ConditionalCounts? = nil, fallbackRow: (Int) -> Int = { $0 }) {
    distribution.reserveCapacity(visits.count)
    for row in 0..<visits.count / experts {
      let sum = visits[self[row]].reduce(0, +)
      if sum > 0 {
        distribution += visits[self[row]].map { Float($0 / sum) }
      } else if let fallback {
        distribution += fallback.distribution[fallback[fallbackRow(row)]]
      } else {
        distribution += repeatElement(0, count: experts)
      }
    }
    visits = []
  }
}

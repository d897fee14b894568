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
  var values: [Float]

  init(rows: Int, experts: Int) {
    self.experts = experts
    values = Array(repeating: 0, count: rows * experts)
  }

  subscript(row: Int) -> Range<Int> { row * experts..<(row + 1) * experts }

  /// Every row to sum 1; a row without visits takes the row of `fallback` that `fallbackRow` names.
  mutating func normalise(fallback: ConditionalCounts? = nil, fallbackRow: (Int) -> Int = { $0 }) {
    for row in 0..<values.count / experts {
      let sum = values[self[row]].reduce(0, +)
      if sum > 0 {
        for cell in self[row] { values[cell] /= sum }
      } else if let fallback {
        values.replaceSubrange(self[row], with: fallback.values[fallback[fallbackRow(row)]])
      }
    }
  }
}

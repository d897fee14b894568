/// What was learned of which experts a token chooses, given something that is known before it does.
public protocol RoutingModel {
  var needsTokenIDs: Bool { get }
  /// Whether tokens of a layer differ in how likely they are to choose an expert. True unless stated.
  var tellsTokensApart: Bool { get }
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

extension RoutingModel {
  public var tellsTokensApart: Bool { true }
}

/// `[rows][experts]` visits of experts given one of `rows` contexts, then their distribution in each row.
package struct ConditionalCounts {
  let experts: Int
  /// Of the last tokens, in few bytes, so that more of them are near a core; empty when the distribution is known.
  private(set) var visits: [UInt32]
  /// Visits that each count has, at most.
  private var most = 0
  /// Of all tokens before, exact up to 2^53; empty until there are any.
  private var older: [Double] = []
  /// Empty while visits are counted.
  package private(set) var distribution: [Float] = []

  package init(rows: Int, experts: Int) {
    self.experts = experts
    visits = Array(repeating: 0, count: rows * experts)
  }

  /// Lets `body` raise counts.
  ///
  /// - Parameter most: by so many each, at most.
  package mutating func count(most: Int, _ body: (inout [UInt32]) -> Void) {
    if self.most + most > Int(UInt32.max) {
      if older.isEmpty { older = Array(repeating: 0, count: visits.count) }
      for index in visits.indices { older[index] += Double(visits[index]) }
      for index in visits.indices { visits[index] = 0 }
      self.most = 0
    }
    self.most += most
    body(&visits)
  }

  subscript(row: Int) -> Range<Int> { row * experts..<(row + 1) * experts }

  /// Every row to sum 1; a row without visits takes the row of `fallback` that `fallbackRow` names.
  package mutating func normalise(fallback: ConditionalCounts? = nil, fallbackRow: (Int) -> Int = { $0 }) {
    distribution.reserveCapacity(visits.count)
    for row in 0..<visits.count / experts {
      let counts = self[row].map { Double(visits[$0]) + (older.isEmpty ? 0 : older[$0]) }
      let sum = counts.reduce(0, +)
      if sum > 0 {
        distribution += counts.map { Float($0 / sum) }
      } else if let fallback {
        distribution += fallback.distribution[fallback[fallbackRow(row)]]
      } else {
        distribution += repeatElement(0, count: experts)
      }
    }
    visits = []
    older = []
  }
}

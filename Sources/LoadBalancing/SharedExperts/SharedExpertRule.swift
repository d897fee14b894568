/// Chooses the rank that computes the shared experts for each token, for all tokens of one layer of one step: every rank
/// has them.
///
/// Values are scratch space of one thread; the choice depends on nothing but the arguments.
public protocol SharedExpertRule {
  /// - Parameters:
  ///   - visits: where the tokens of the layer start, and where their routed experts are.
  ///   - ranks: receives, for each token, the rank of its visit to the shared experts.
  mutating func assign(_ visits: RoutedVisits, into ranks: inout [UInt32])

  /// Whether the load of all ranks has to be added up before a token goes. False unless stated.
  var asksAllRanks: Bool { get }
}

extension SharedExpertRule {
  public var asksAllRanks: Bool { false }
}

/// The tokens of one layer of one step, once replicas are chosen.
public struct RoutedVisits: Sendable {
  public var ranks: Int
  /// Experts of a token.
  public var topK: Int
  /// `[tokens]` the rank that each token starts on.
  public var sources: [UInt32]
  /// `[tokens][topK]` the rank of each visit, in the router's order.
  public var visited: [UInt32]
  /// As `DispatchContext.starts`.
  public var starts: [Int]?

  public init(ranks: Int, topK: Int, sources: [UInt32] = [], visited: [UInt32] = []) {
    self.ranks = ranks
    self.topK = topK
    self.sources = sources
    self.visited = visited
  }

  /// The ranks of a token's visits, in the router's order.
  package func visited(byToken token: Int) -> ArraySlice<UInt32> {
    guard let starts else { return visited[token * topK..<(token + 1) * topK] }
    return visited[starts[token]..<starts[token + 1]]
  }
}

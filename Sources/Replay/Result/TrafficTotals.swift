import PerformanceModel

/// The copies of tokens that a policy's steps send.
package struct TrafficTotals: Sendable {
  private var scaleUpBytes = 0.0
  private var scaleOutBytes = 0.0
  /// Microseconds of communication that no schedule could have beaten.
  private var bound = 0.0
  /// Nil for a communication model that knows none.
  private(set) var rounds: Double?
  private var rankCopies = 0.0
  private var nodeCopies = 0.0
  private(set) var mostNodes = 0
  /// Nil where paths are not counted.
  private(set) var routingEntries: Int?
  /// Tokens, counted once per layer.
  private(set) var layerTokens = 0.0

  /// - Parameter layers: `[layers]` outcomes of one step.
  mutating func add(_ layers: some Collection<LayerOutcome>) {
    for layer in layers {
      scaleUpBytes += layer.cost.scaleUpBytes
      scaleOutBytes += layer.cost.scaleOutBytes
      bound += layer.cost.bound
      if let more = layer.cost.rounds { rounds = (rounds ?? 0) + more }
      rankCopies += layer.rankCopies
      nodeCopies += layer.nodeCopies
      mostNodes = max(mostNodes, layer.mostNodes)
      if let entries = layer.cost.routingEntries { routingEntries = max(routingEntries ?? 0, entries) }
      layerTokens += layer.tokens
    }
  }

  /// - Parameter limit: of nodes that the model's router lets a token visit; nil without one.
  func traffic(nodesPerTokenLimit limit: Int?) -> PolicyResult.Traffic {
    .init(
      scaleUpBytes: scaleUpBytes, scaleOutBytes: scaleOutBytes,
      copiesPerToken: layerTokens > 0 ? rankCopies / layerTokens : nil,
      nodesPerToken: layerTokens > 0 ? nodeCopies / layerTokens : nil,
      mostNodesPerToken: mostNodes > 0 ? mostNodes : nil, nodesPerTokenLimit: limit,
      routingEntries: routingEntries)
  }

  /// - Parameter comm: microseconds of the communication that the bound is for.
  func bound(of comm: Double) -> PolicyResult.CommunicationBound {
    .init(time: bound, ratio: bound > 0 ? comm / bound : nil)
  }
}

extension PolicyResult {
  /// Dispatch; combine returns the same copies.
  public struct Traffic: Codable, Equatable, Sendable {
    public var scaleUpBytes: Double
    public var scaleOutBytes: Double
    /// Distinct ranks that a token visits in a layer, its own included.
    public var copiesPerToken: Double?
    /// Distinct nodes that a token visits in a layer, its own included.
    public var nodesPerToken: Double?
    /// Distinct nodes that one token visits in a layer, at most; absent when the trace holds counts.
    public var mostNodesPerToken: Int?
    /// What the model's router allows, when it limits a token to some groups of experts and each lies within one node.
    public var nodesPerTokenLimit: Int?
    /// Paths through the busiest core of a mesh in one All-to-All, at most; absent where paths are not counted.
    public var routingEntries: Int?
  }

  /// Communication against what no schedule of the same copies could beat (`AllToAllCost.bound`).
  public struct CommunicationBound: Codable, Equatable, Sendable {
    /// Microseconds, summed over steps and layers.
    public var time: Double
    /// Communication time / the bound; absent when nothing was sent.
    public var ratio: Double?
  }
}

/// A token chooses as tokens chose in the training prefix, whatever it is: MoE-GPS's frequency predictor (arXiv
/// 2506.07366). The load that it expects is that of distribution-only prediction; its guess for every token is the most
/// popular experts.
public struct FrequencyModel: RoutingModel {
  /// A row for each layer.
  private(set) var counts: ConditionalCounts
  private let layers: Int

  public init(layers: Int, experts: Int) {
    self.layers = layers
    counts = ConditionalCounts(rows: layers, experts: experts)
  }

  public var needsTokenIDs: Bool { false }
  public var tellsTokensApart: Bool { false }

  /// - Complexity: O(visits).
  public mutating func train(_ tokens: RoutedTokens) {
    let (layers, experts) = (layers, counts.experts)
    counts.count(most: tokens.count * tokens.topK) { visits in
      for layer in 0..<layers {
        let row = layer * experts
        for expert in tokens.experts(layer: layer) { visits[row + Int(expert)] += 1 }
      }
    }
  }

  public mutating func finishTraining() { counts.normalise() }

  /// - Complexity: O(layers · experts).
  public func expectedLoad(of tokens: RoutedTokens) -> ExpertLoad {
    let visits = Double(tokens.count * tokens.topK)
    return ExpertLoad(layers: layers, experts: counts.experts, values: counts.distribution.map { Double($0) * visits })
  }

  public func score(_ tokens: RoutedTokens, token: Int, layer: Int, into scores: inout [Float]) {
    scores.replaceSubrange(0..<counts.experts, with: counts.distribution[counts[layer]])
  }
}

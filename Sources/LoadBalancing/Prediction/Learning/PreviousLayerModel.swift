/// A token chooses given each of its experts in the layer before, by the mean of their distributions (the inter-layer
/// affinity of ExFlow, arXiv 2401.08383, as a predictor); in the first layer, and after experts that the prefix never
/// saw, by the layer's frequency.
///
/// - Note: a table of layers · experts² counts; see `Coactivation.maximumExperts`.
public struct PreviousLayerModel: RoutingModel {
  private(set) var frequency: FrequencyModel
  /// A row for each layer and expert of the layer before; the first layer's are not used.
  var counts: ConditionalCounts
  let layers: Int
  let experts: Int

  public init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
    frequency = FrequencyModel(layers: layers, experts: experts)
    counts = ConditionalCounts(rows: layers * experts, experts: experts)
  }

  public var needsTokenIDs: Bool { false }

  /// - Complexity: O(visits · topK).
  public mutating func train(_ tokens: RoutedTokens) {
    frequency.train(tokens)
    countPairs(of: tokens)
  }

  public mutating func finishTraining() {
    frequency.finishTraining()
    let experts = experts
    counts.normalise(fallback: frequency.counts) { $0 / experts }
  }

  /// The sum over tokens needs only how many chose each expert of the layer before.
  ///
  /// - Complexity: O(visits + layers · experts²).
  public func expectedLoad(of tokens: RoutedTokens) -> ExpertLoad {
    var load = frequency.expectedLoad(of: tokens)
    for layer in 1..<max(1, layers) {
      var before = Array(repeating: 0.0, count: experts)
      for expert in tokens.experts(layer: layer - 1) { before[Int(expert)] += 1 }
      var expected = Array(repeating: 0.0, count: experts)
      for (expert, visits) in before.enumerated() where visits > 0 {
        let row = counts[layer * experts + expert].lowerBound
        for next in 0..<experts { expected[next] += visits * Double(counts.distribution[row + next]) }
      }
      load.values.replaceSubrange(layer * experts..<(layer + 1) * experts, with: expected)
    }
    return load
  }
}

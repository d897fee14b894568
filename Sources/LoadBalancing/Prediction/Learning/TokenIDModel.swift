/// A token chooses as tokens of its vocabulary id did in the training prefix, MoE-GPS's conditional predictor
/// (arXiv 2506.07366); ids that the prefix did not have by the layer's frequency.
///
/// - Note: keeps 16 bytes a visit of the prefix while it learns, and then 8 for each expert that an id chose in a
///   layer;
///   it stops learning after `maximumVisits`.
public struct TokenIDModel: RoutingModel {
  /// Visits that are learned from, at most.
  public static let maximumVisits = 1 << 24

  private struct Chosen {
    var expert: UInt16
    var probability: Float
  }

  private let layers: Int
  private let experts: Int
  private var frequency: FrequencyModel
  /// Visits of the prefix: id, then layer, then expert, from the highest bits to the lowest.
  private var visits: [UInt64] = []
  /// Where each id's experts begin, `[layers + 1]` a token id.
  private var starts: [UInt32: [Int]] = [:]
  private var chosen: [Chosen] = []

  public init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
    frequency = FrequencyModel(layers: layers, experts: experts)
  }

  public var needsTokenIDs: Bool { true }

  /// - Complexity: O(visits).
  public mutating func train(_ tokens: RoutedTokens) {
    frequency.train(tokens)
    guard let ids = tokens.tokenIDs else { return }
    for (token, id) in ids.enumerated() where visits.count < Self.maximumVisits {
      for layer in 0..<layers {
        for expert in tokens.experts(layer: layer, token: token) {
          visits.append(UInt64(id) << 32 | UInt64(layer) << 16 | UInt64(expert))
        }
      }
    }
  }

  /// - Complexity: O(visits · log visits).
  public mutating func finishTraining() {
    frequency.finishTraining()
    visits.sort()
    var first = 0
    while first < visits.count {
      let id = UInt32(visits[first] >> 32)
      var bounds: [Int] = []
      for layer in 0..<layers {
        bounds.append(chosen.count)
        let end = endOfRun(from: first) { $0 >> 16 == UInt64(id) << 16 | UInt64(layer) }
        appendDistribution(of: first..<end)
        first = end
      }
      starts[id] = bounds + [chosen.count]
    }
    visits = []
  }

  private func endOfRun(from first: Int, _ belongs: (UInt64) -> Bool) -> Int {
    var end = first
    while end < visits.count, belongs(visits[end]) { end += 1 }
    return end
  }

  private mutating func appendDistribution(of run: Range<Int>) {
    var first = run.lowerBound
    while first < run.upperBound {
      let visit = visits[first]
      let end = endOfRun(from: first) { $0 == visit }
      chosen.append(
        Chosen(expert: UInt16(truncatingIfNeeded: visit), probability: Float(end - first) / Float(run.count)))
      first = end
    }
  }

  /// - Complexity: O(tokens · layers · experts that their ids chose).
  public func expectedLoad(of tokens: RoutedTokens) -> ExpertLoad {
    var load = ExpertLoad(zeroFor: layers, experts: experts)
    var unknown = 0
    for id in tokens.tokenIDs ?? [] {
      guard let bounds = starts[id] else {
        unknown += 1
        continue
      }
      for layer in 0..<layers {
        for choice in chosen[bounds[layer]..<bounds[layer + 1]] {
          load.values[layer * experts + Int(choice.expert)] += Double(choice.probability) * Double(tokens.topK)
        }
      }
    }
    let usual = frequency.counts.distribution
    for cell in usual.indices { load.values[cell] += Double(usual[cell]) * Double(unknown * tokens.topK) }
    return load
  }

  public func score(_ tokens: RoutedTokens, token: Int, layer: Int, into scores: inout [Float]) {
    // What the id leaves open is filled with the layer's most popular experts.
    frequency.score(tokens, token: token, layer: layer, into: &scores)
    guard let id = tokens.tokenIDs?[token], let bounds = starts[id] else { return }
    for choice in chosen[bounds[layer]..<bounds[layer + 1]] { scores[Int(choice.expert)] += 1 + choice.probability }
  }
}

extension PreviousLayerModel {
  /// Counts every expert that a token chose together with each that it chose in the layer before.
  mutating func countPairs(of tokens: RoutedTokens) {
    let (layers, experts) = (layers, experts)
    counts.count(most: tokens.count * tokens.topK * tokens.topK) { counts in
      counts.withUnsafeMutableBufferPointer { counts in
        tokens.experts.withUnsafeBufferPointer { ids in
          guard let counts = counts.baseAddress, let ids = ids.baseAddress else { return }
          for layer in 1..<max(1, layers) {
            let here = ids + layer * tokens.count * tokens.topK
            let before = here - tokens.count * tokens.topK
            let rows = counts + layer * experts * experts
            switch tokens.topK {
            case 8: Self.countPairs(before, here, tokens: tokens.count, topK: 8, experts, rows)
            default: Self.countPairs(before, here, tokens: tokens.count, topK: tokens.topK, experts, rows)
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private static func countPairs(
    _ before: UnsafePointer<UInt16>, _ here: UnsafePointer<UInt16>, tokens: Int, topK: Int, _ experts: Int,
    _ rows: UnsafeMutablePointer<UInt32>
  ) {
    for token in 0..<tokens {
      let start = token &* topK
      for first in start..<start &+ topK {
        let row = rows + Int(before[first]) &* experts
        for second in start..<start &+ topK { row[Int(here[second])] &+= 1 }
      }
    }
  }

  public func score(_ tokens: RoutedTokens, token: Int, layer: Int, into scores: inout [Float]) {
    guard layer > 0 else { return frequency.score(tokens, token: token, layer: layer, into: &scores) }
    let experts = experts
    for expert in 0..<experts { scores[expert] = 0 }
    for before in tokens.experts(layer: layer - 1, token: token) {
      let row = counts[layer * experts + Int(before)]
      counts.distribution.withUnsafeBufferPointer { distribution in
        scores.withUnsafeMutableBufferPointer { scores in
          for expert in 0..<experts { scores[expert] += distribution[row.lowerBound &+ expert] }
        }
      }
    }
  }
}

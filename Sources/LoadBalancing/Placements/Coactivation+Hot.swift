extension Coactivation {
  /// Counts the pairs of every token.
  ///
  /// - Parameter chosen: `[layers][tokens][topK]` expert ids.
  /// - Complexity: O(`chosen.count` · `topK`).
  public mutating func add(_ chosen: [UInt16], topK: Int) {
    guard topK > 1, layers > 0 else { return }
    let visitsPerLayer = chosen.count / layers
    tokens += visitsPerLayer / topK
    counts.withUnsafeMutableBufferPointer { counts in
      chosen.withUnsafeBufferPointer { chosen in
        for layer in 0..<layers {
          let base = layer * experts * experts
          for token in stride(from: layer * visitsPerLayer, to: (layer + 1) * visitsPerLayer, by: topK) {
            for first in token..<token + topK - 1 {
              for second in first + 1..<token + topK {
                let (a, b) = (Int(chosen[first]), Int(chosen[second]))
                counts[base + a * experts + b] += 1
                counts[base + b * experts + a] += 1
              }
            }
          }
        }
      }
    }
  }

  /// The same of a step whose tokens do not have all their experts.
  ///
  /// - Parameter dropped: the id of those that they do not have.
  package mutating func addPartial(_ chosen: [UInt16], topK: Int, dropped: UInt16) {
    guard topK > 1, layers > 0 else { return }
    let visitsPerLayer = chosen.count / layers
    tokens += visitsPerLayer / topK
    for token in stride(from: 0, to: chosen.count, by: topK) {
      let base = token / visitsPerLayer * experts * experts
      let kept = chosen[token..<token + topK].filter { $0 != dropped }.map { Int($0) }
      for a in kept { for b in kept where a != b { counts[base + a * experts + b] += 1 } }
    }
  }
}

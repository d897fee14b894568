extension Coactivation {
  /// Counts the pairs of every token.
  ///
  /// - Precondition: a token's experts are different ones.
  /// - Parameter chosen: `[layers][tokens][topK]` expert ids.
  /// - Complexity: O(`chosen.count` · `topK`).
  public mutating func add(_ chosen: [UInt16], topK: Int) {
    guard topK > 1, layers > 0 else { return }
    let visitsPerLayer = chosen.count / layers
    let pairsPerLayer = pairsPerLayer
    tokens += visitsPerLayer / topK
    pairs.withUnsafeMutableBufferPointer { pairs in
      chosen.withUnsafeBufferPointer { chosen in
        guard let pairs = pairs.baseAddress, let chosen = chosen.baseAddress else { return }
        for layer in 0..<layers {
          let (row, first) = (pairs + layer * pairsPerLayer, chosen + layer * visitsPerLayer)
          switch topK {
          case 8: Self.add(first, visitsPerLayer, topK: 8, to: row)
          default: Self.add(first, visitsPerLayer, topK: topK, to: row)
          }
        }
      }
    }
  }

  @inline(__always)
  private static func add(
    _ chosen: UnsafePointer<UInt16>, _ count: Int, topK: Int, to pairs: UnsafeMutablePointer<UInt64>
  ) {
    for token in stride(from: 0, to: count, by: topK) {
      let chosen = chosen + token
      for i in 1..<topK {
        for j in 0..<i {
          let (a, b) = (Int(chosen[i]), Int(chosen[j]))
          let (high, low) = (max(a, b), min(a, b))
          pairs[(high &* (high &- 1)) &>> 1 &+ low] &+= 1
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
      let base = token / visitsPerLayer * pairsPerLayer
      let kept = chosen[token..<token + topK].filter { $0 != dropped }.map { Int($0) }
      for b in kept { for a in kept where a < b { pairs[base + b * (b - 1) / 2 + a] += 1 } }
    }
  }
}

import RoutingTrace

extension PairCounts {
  /// Adds every token's pairs.
  ///
  /// - Precondition: the step was validated.
  mutating func add(_ step: RoutingStep, topK: Int) {
    if counts.isEmpty { counts = Array(repeating: 0, count: layers * pairsPerLayer) }
    let (perLayer, pairs) = (step.tokens * topK, pairsPerLayer)
    let (hasDropped, dropped) = (step.hasDropped, Int(RoutingStep.dropped))
    counts.withUnsafeMutableBufferPointer { counts in
      step.experts.withUnsafeBufferPointer { ids in
        for layer in 0..<layers {
          let base = layer &* pairs
          for token in stride(from: layer * perLayer, to: (layer + 1) * perLayer, by: topK) {
            for i in token &+ 1..<token &+ topK {
              let a = Int(ids[i])
              for j in token..<i where !hasDropped || a != dropped && ids[j] != RoutingStep.dropped {
                let b = Int(ids[j])
                let (high, low) = a > b ? (a, b) : (b, a)
                counts[base &+ high &* (high &- 1) / 2 &+ low] &+= 1
              }
            }
          }
        }
      }
    }
  }
}

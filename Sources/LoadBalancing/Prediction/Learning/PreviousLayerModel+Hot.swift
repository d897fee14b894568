extension PreviousLayerModel {
  /// Counts every expert that a token chose together with each that it chose in the layer before.
  mutating func countPairs(of tokens: RoutedTokens) {
    let (topK, experts) = (tokens.topK, experts)
    counts.visits.withUnsafeMutableBufferPointer { counts in
      tokens.experts.withUnsafeBufferPointer { ids in
        for layer in 1..<max(1, layers) {
          for token in 0..<tokens.count {
            let here = (layer * tokens.count + token) * topK
            let before = here - tokens.count * topK
            for first in before..<before + topK {
              let row = (layer * experts + Int(ids[first])) * experts
              for second in here..<here + topK { counts[row + Int(ids[second])] += 1 }
            }
          }
        }
      }
    }
  }
}

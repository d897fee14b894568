extension RoutingStep {
  /// Ids as a step has them, `[layers][tokens][topK]`.
  ///
  /// - Parameter tokens: `[layers][topK]` of each.
  static func byLayers(_ tokens: [ArraySlice<UInt16>], layers: Int, topK: Int) -> [UInt16] {
    [UInt16](unsafeUninitializedCapacity: layers * tokens.count * topK) { target, initialized in
      for (token, ids) in tokens.enumerated() {
        precondition(ids.count == layers * topK)
        ids.withUnsafeBufferPointer { source in
          for layer in 0..<layers {
            let place = (layer &* tokens.count &+ token) &* topK
            for choice in 0..<topK { target[place &+ choice] = source[layer &* topK &+ choice] }
          }
        }
      }
      initialized = layers * tokens.count * topK
    }
  }
}

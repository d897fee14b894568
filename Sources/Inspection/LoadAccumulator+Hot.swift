import RoutingTrace

extension LoadAccumulator {
  /// Adds the step's tokens per expert to `load`, `[layers][experts]`.
  static func add(_ step: RoutingStep, layers: Int, experts: Int, topK: Int?, to load: inout [UInt64]) {
    let perLayer = step.tokens * (topK ?? 0)
    load.withUnsafeMutableBufferPointer { load in
      if step.hasDropped {
        for layer in 0..<layers {
          for id in step.visits(ofLayer: layer, of: layers) { load[layer &* experts &+ Int(id)] &+= 1 }
        }
      } else if step.counts.isEmpty {
        step.experts.withUnsafeBufferPointer { ids in
          for layer in 0..<layers {
            for i in layer * perLayer..<(layer + 1) * perLayer { load[layer &* experts &+ Int(ids[i])] &+= 1 }
          }
        }
      } else {
        for i in load.indices { load[i] &+= step.counts[i] }
      }
    }
  }
}

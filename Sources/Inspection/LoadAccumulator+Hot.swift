import RoutingTrace

extension LoadAccumulator {
  /// `[layers][experts]` the step's tokens per expert.
  static func load(of step: RoutingStep, _ header: TraceHeader) -> [UInt64] {
    guard step.counts.isEmpty else { return step.counts }
    let (layers, experts) = (header.layers, header.experts)
    let perLayer = step.tokens * (header.topK ?? 0)
    var load = [UInt64](repeating: 0, count: layers * experts)
    load.withUnsafeMutableBufferPointer { load in
      if step.hasDropped {
        for layer in 0..<layers {
          for id in step.visits(ofLayer: layer, of: layers) { load[layer &* experts &+ Int(id)] &+= 1 }
        }
      } else {
        step.experts.withUnsafeBufferPointer { ids in
          for layer in 0..<layers {
            for i in layer * perLayer..<(layer + 1) * perLayer { load[layer &* experts &+ Int(ids[i])] &+= 1 }
          }
        }
      }
    }
    return load
  }

  /// Adds loads to others.
  static func add(_ load: [UInt64], to total: inout [UInt64]) {
    load.withUnsafeBufferPointer { load in
      total.withUnsafeMutableBufferPointer { total in
        for i in total.indices { total[i] &+= load[i] }
      }
    }
  }
}

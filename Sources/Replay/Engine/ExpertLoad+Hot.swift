import LoadBalancing
import RoutingTrace

extension ExpertLoad {
  /// Adds the tokens per expert of one step.
  package mutating func add(_ step: RoutingStep) {
    if step.hasDropped {
      for layer in 0..<layers {
        for expert in step.visits(ofLayer: layer, of: layers) { values[layer * experts + Int(expert)] += 1 }
      }
    } else if step.counts.isEmpty {
      let visitsPerLayer = step.experts.count / layers
      values.withUnsafeMutableBufferPointer { values in
        step.experts.withUnsafeBufferPointer { ids in
          for layer in 0..<layers {
            for visit in layer * visitsPerLayer..<(layer + 1) * visitsPerLayer {
              values[layer * experts + Int(ids[visit])] += 1
            }
          }
        }
      }
    } else {
      for i in values.indices { values[i] += Double(step.counts[i]) }
    }
  }
}

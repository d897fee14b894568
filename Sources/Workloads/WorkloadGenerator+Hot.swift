import Randomness
import RoutingTrace

extension WorkloadGenerator {
  /// `[tokens][topK]` the experts of a layer that these ids prefer; nil where experts do not follow from ids.
  private func preferred(by ids: [UInt32]?, layer: Int) -> [UInt16]? {
    guard let ids, !preferences.isEmpty else { return nil }
    let topK = workload.topK
    return [UInt16](unsafeUninitializedCapacity: ids.count * topK) { output, initialized in
      for (token, id) in ids.enumerated() {
        let choice = output[token * topK..<(token + 1) * topK]
        preferences[layer].write(id, into: UnsafeMutableBufferPointer(rebasing: choice))
      }
      initialized = ids.count * topK
    }
  }

  /// Draws the experts of a step's tokens, layer after layer.
  func draw(_ batch: [PlannedToken], into step: inout RoutingStep) {
    let perLayer = batch.count * workload.topK
    let topics = batch.map { topicOrder[$0.sequence % topicOrder.count] }
    let places = batch.map { Int32($0.place) }
    let previous = batch.map { $0.isFirst ? -1 : Int32($0.place) }
    let correlation = workload.correlation
    let ids = step.tokenIDs
    step.experts = [UInt16](unsafeUninitializedCapacity: workload.layers * perLayer) { output, initialized in
      topics.withUnsafeBufferPointer { topics in
        places.withUnsafeBufferPointer { places in
          previous.withUnsafeBufferPointer { previous in
            for layer in 0..<workload.layers {
              var generator = SeededGenerator(seed: workload.seed, stream: stream(layer: layer))
              let before =
                layer == 0 ? nil : UnsafeBufferPointer(rebasing: output[(layer - 1) * perLayer..<layer * perLayer])
              let target = UnsafeMutableBufferPointer(rebasing: output[layer * perLayer..<(layer + 1) * perLayer])
              let preferred = preferred(by: ids, layer: layer)
              memory[layer].withUnsafeMutableBufferPointer { memory in
                var batch = LayerSampler.Batch(
                  topics: topics, previous: previous, places: places, memory: memory, layerBefore: before,
                  keepNeighbour: UInt64(correlation.neighbour * 65_536), keepLayer: UInt64(correlation.layer * 65_536))
                guard let preferred, let tokens = workload.tokens else {
                  return samplers[layer].draw(batch, into: target, &generator)
                }
                batch.keepPreferred = UInt64(tokens.strength * 65_536)
                preferred.withUnsafeBufferPointer { preferred in
                  batch.preferred = preferred
                  samplers[layer].draw(batch, into: target, &generator)
                }
              }
            }
          }
        }
      }
      initialized = workload.layers * perLayer
    }
  }
}

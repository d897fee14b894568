import Foundation
import Randomness
import RoutingTrace

/// Draws the steps of a workload. The same workload and seed give the same steps.
public final class WorkloadGenerator: StepSource {
  public let header: TraceHeader
  private let workload: Workload
  private var plan: BatchPlan
  private let steps: Int
  private var number = 0
  /// One per layer, for the current epoch.
  private var samplers: [LayerSampler] = []
  /// One per layer, for the current epoch; empty where experts do not follow from ids.
  private var preferences: [TokenPreferences] = []
  private var epoch: Int?
  /// `[layers][places][topK]` the last choice of every sequence.
  private var memory: [[UInt16]]
  /// `[topics]` in the order in which sequences take them.
  private let topicOrder: [UInt16]
  private let sources: WorkloadSources.Drawing?

  public init(_ workload: Workload) {
    self.workload = workload
    header = workload.header
    plan = BatchPlan(workload.batching, seed: workload.seed)
    steps = plan.countSteps()
    let remembers = workload.correlation.neighbour > 0
    memory = Array(
      repeating: Array(repeating: 0, count: remembers ? plan.placeCount * workload.topK : 0), count: workload.layers)
    var generator = SeededGenerator(seed: workload.seed, stream: 0x709C)
    topicOrder = generator.shuffled((0..<workload.correlation.topics).map { UInt16($0) })
    sources = workload.sources?.drawing(&generator)
  }

  public func next() -> RoutingStep? {
    guard let batch = plan.next() else { return nil }
    defer { number += 1 }
    prepareSamplers()
    var step = RoutingStep(number: number, phase: workload.phase, tokens: batch.count)
    if let tokens = workload.tokens {
      var generator = SeededGenerator(seed: workload.seed, stream: stream(layer: header.layers + 2))
      step.tokenIDs = batch.map { _ in tokens.draw(&generator) }
    }
    draw(batch, into: &step)
    guard workload.content == .tokens else { return counted(step) }
    if plan.hasSequences { step.sequences = batch.map { UInt32($0.sequence) } }
    if workload.hasGateWeights {
      var generator = SeededGenerator(seed: workload.seed, stream: stream(layer: header.layers))
      step.weights = step.experts.map { _ in Float(generator.next() >> 40) * 0x1p-24 }
    }
    if let sources {
      var generator = SeededGenerator(seed: workload.seed, stream: stream(layer: header.layers + 1))
      step.sources = sources.draw(batch.count, &generator)
    }
    return step
  }

  /// Streams of layers' draws; popularities and tastes have others.
  private func stream(layer: Int) -> UInt64 { UInt64(number + 1) << 16 | UInt64(layer) }

  private func prepareSamplers() {
    let epoch = workload.time.epoch(ofStep: number, of: steps)
    guard epoch != self.epoch else { return }
    self.epoch = epoch
    let shape = WorkloadShape(experts: workload.experts, topK: workload.topK, layers: workload.layers)
    let popularities = (0..<workload.layers).map { layer in
      let base = BasePopularity(popularity: workload.popularity, shape: shape, layer: layer, seed: workload.seed)
      return workload.time.weights(base, epoch: epoch)
    }
    if let tokens = workload.tokens, tokens.strength > 0 {
      preferences = popularities.enumerated().map { layer, weights in
        var generator = SeededGenerator(seed: workload.seed, stream: 0x1D5 << 40 | UInt64(layer))
        return TokenPreferences(
          load: workload.popularity.isLoad ? weights : Tastes.load(ofDrawingWeights: weights, topK: workload.topK),
          topK: workload.topK, groups: workload.groups, vocabulary: tokens, seed: generator.next())
      }
    }
    samplers = popularities.enumerated().map { layer, weights in
      // Tastes are the same in every epoch.
      var generator = SeededGenerator(seed: workload.seed, stream: 0x7A57E << 40 | UInt64(layer))
      return LayerSampler(
        weights: weights, isLoad: workload.popularity.isLoad, topK: workload.topK,
        kept: preferences.isEmpty ? nil : preferences[layer].kept, correlation: workload.correlation,
        groups: workload.groups, generator: &generator)
    }
  }

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

  private func draw(_ batch: [PlannedToken], into step: inout RoutingStep) {
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

  private func counted(_ step: RoutingStep) -> RoutingStep {
    var counted = RoutingStep(number: step.number, phase: step.phase, tokens: step.tokens)
    counted.counts = [UInt64](repeating: 0, count: workload.layers * workload.experts)
    let perLayer = step.tokens * workload.topK
    for (index, expert) in step.experts.enumerated() {
      counted.counts[index / perLayer * workload.experts + Int(expert)] += 1
    }
    return counted
  }
}

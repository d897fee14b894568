import Foundation
import Randomness
import RoutingTrace

/// Draws the steps of a workload. The same workload and seed give the same steps.
public final class WorkloadGenerator: StepSource {
  public let header: TraceHeader
  let workload: Workload
  private var plan: BatchPlan
  private let steps: Int
  private var number = 0
  /// One per layer, for the current epoch.
  private(set) var samplers: [LayerSampler] = []
  /// One per layer, for the current epoch; empty where experts do not follow from ids.
  private(set) var preferences: [TokenPreferences] = []
  private var epoch: Int?
  /// `[layers][places][topK]` the last choice of every sequence.
  var memory: [[UInt16]]
  /// `[topics]` in the order in which sequences take them.
  let topicOrder: [UInt16]
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

  public var fraction: Double? { steps > 0 ? Double(number) / Double(steps) : nil }

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
  func stream(layer: Int) -> UInt64 { UInt64(number + 1) << 16 | UInt64(layer) }

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

import Randomness

/// Draws the steps of a workload. The same workload and seed give the same steps.
///
/// Every token draws its top-k without replacement: one expert after another by popularity, a repeat is drawn again,
/// which is the same as drawing from the rest with the weights that remain.
public final class WorkloadGenerator: StepSource {
  public let header: TraceHeader
  private let workload: Workload
  /// `[layers][experts]`.
  private let weights: [[Double]]
  private let tables: [AliasTable]
  private var number = 0

  public init(_ workload: Workload) {
    self.workload = workload
    header = workload.header
    weights = workload.layerNumbers.indices.map { layer in
      var generator = SeededGenerator(seed: workload.seed, stream: UInt64(layer))
      return workload.popularity.weights(experts: workload.experts, generator: &generator)
    }
    tables = weights.map(AliasTable.init)
  }

  public func next() -> RoutingStep? {
    guard number < workload.steps else { return nil }
    defer { number += 1 }
    var step = RoutingStep(number: number, phase: workload.phase, tokens: workload.tokensPerStep)
    let perLayer = workload.tokensPerStep * workload.topK
    step.experts = [UInt16](repeating: 0, count: header.layers * perLayer)
    for layer in tables.indices {
      var generator = SeededGenerator(seed: workload.seed, stream: stream(layer: layer))
      step.experts.withUnsafeMutableBufferPointer { experts in
        draw(
          UnsafeMutableBufferPointer(rebasing: experts[layer * perLayer..<(layer + 1) * perLayer]), layer, &generator)
      }
    }
    if workload.hasGateWeights {
      var generator = SeededGenerator(seed: workload.seed, stream: stream(layer: header.layers))
      step.weights = (0..<header.layers * perLayer).map { _ in Float(generator.next() >> 40) * 0x1p-24 }
    }
    return step
  }

  /// Streams below 2^32 are the layers' popularities.
  private func stream(layer: Int) -> UInt64 { UInt64(number + 1) << 32 | UInt64(layer) }

  private func draw(
    _ experts: UnsafeMutableBufferPointer<UInt16>, _ layer: Int, _ generator: inout SeededGenerator
  ) {
    let topK = workload.topK
    let table = tables[layer]
    var token = 0
    while token < experts.count {
      var chosen = 0
      var attempts = 0
      while chosen < topK {
        let candidate =
          attempts < 64 * topK
          ? table.draw(generator.next())
          : rest(of: experts, from: token, chosen: chosen, layer: layer, &generator)
        attempts &+= 1
        var isNew = true
        for i in token..<token &+ chosen { isNew = isNew && experts[i] != candidate }
        if isNew {
          experts[token &+ chosen] = candidate
          chosen &+= 1
        }
      }
      token &+= topK
    }
  }

  /// Draws among the experts that the token has not chosen yet, for popularities so steep that redrawing takes long.
  private func rest(
    of experts: UnsafeMutableBufferPointer<UInt16>, from token: Int, chosen: Int, layer: Int,
    _ generator: inout SeededGenerator
  ) -> UInt16 {
    var remaining = weights[layer]
    for i in token..<token + chosen { remaining[Int(experts[i])] = 0 }
    var position = generator.unit() * remaining.reduce(0, +)
    for (expert, weight) in remaining.enumerated() where weight > 0 {
      if position < weight { return UInt16(expert) }
      position -= weight
    }
    return UInt16(remaining.lastIndex { $0 > 0 } ?? 0)
  }
}

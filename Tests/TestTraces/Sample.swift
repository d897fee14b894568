import Randomness
import RoutingTrace

/// Small traces that use every part of the format.
package enum Sample {
  package static func header(experts: Int = 16, topK: Int = 3, layers: Int = 2, content: TraceHeader.Content = .tokens)
    -> TraceHeader
  {
    TraceHeader(
      name: "sample \"quoted\" ü", content: content,
      provenance: .init(origin: .synthetic, method: "by hand", from: "nothing", licence: "CC0"), model: "none",
      layerNumbers: Array(3..<3 + layers), experts: experts, topK: topK, groups: 1)
  }

  package static func steps(_ header: TraceHeader, count: Int, tokens: Int = 5, isFull: Bool = true) -> [RoutingStep] {
    var generator = SeededGenerator(seed: 1)
    return (0..<count).map { index in
      var step = RoutingStep(number: 10 + 3 * index, phase: Phase.allCases[index % 3], tokens: tokens)
      if header.content == .counts {
        step.counts = (0..<header.layers * header.experts).map { _ in UInt64(generator.below(1000) + 1) }
        step.tokens = Int(step.counts[..<header.experts].reduce(0, +)) / (header.topK ?? 1)
        return step
      }
      for _ in 0..<header.layers * tokens {
        step.experts += generator.shuffled(0..<header.experts).prefix(header.topK ?? 1).map { UInt16($0) }
      }
      guard isFull else {
        step.phase = nil
        return step
      }
      step.weights = step.experts.map { _ in Float(generator.unit()) * 1e-3 }
      step.sources = (0..<tokens).map { _ in UInt32(generator.below(64)) }
      step.sequences = (0..<tokens).map { _ in UInt32(truncatingIfNeeded: generator.next()) }
      step.tokenIDs = (0..<tokens).map { _ in UInt32(generator.below(100_000)) }
      return step
    }
  }

  package static func write(_ steps: [RoutingStep], _ header: TraceHeader, to path: String, threads: Int = 2) throws {
    let writer = try TraceWriter(path: path, header: header, threads: threads)
    for step in steps { try writer.append(step) }
    try writer.finish()
  }

  package static func read(_ path: String, steps range: Range<Int>? = nil, threads: Int = 2) throws -> [RoutingStep] {
    let reader = try TraceReader(path: path, steps: range, threads: threads)
    var steps = [RoutingStep]()
    while let step = try reader.next() { steps.append(step) }
    return steps
  }
}

package func all(_ source: any StepSource) throws -> [RoutingStep] {
  var steps = [RoutingStep]()
  while let step = try source.next() { steps.append(step) }
  return steps
}

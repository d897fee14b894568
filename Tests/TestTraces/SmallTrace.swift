import LoadBalancing
import Randomness
import Replay
import RoutingTrace

/// A small skewed recording: popularity falls with the expert's number and turns over half way.
package struct SmallTrace {
  package let header: TraceHeader
  package let steps: [RoutingStep]

  package init(
    layers: Int = 3, experts: Int = 16, topK: Int = 2, steps count: Int = 24, tokens: Int = 40, seed: UInt64 = 1
  ) {
    header = TraceHeader(
      name: "small", content: .tokens, layerNumbers: Array(0..<layers), experts: experts, topK: topK)
    var random = SeededGenerator(seed: seed)
    steps = (0..<count).map { number in
      var ids = [UInt16]()
      for _ in 0..<layers * tokens {
        var chosen = [UInt16]()
        while chosen.count < topK {
          let favourite = min(random.below(experts), random.below(experts))
          let id = UInt16(number * 2 < count ? favourite : experts - 1 - favourite)
          if !chosen.contains(id) { chosen.append(id) }
        }
        ids += chosen
      }
      return RoutingStep(number: number, phase: .decode, tokens: tokens, experts: ids)
    }
  }

  package func source() -> StoredSteps { StoredSteps(header: header, steps: steps) }

  /// The same recording as tokens per expert.
  package var counted: SmallTrace {
    var header = header
    header.content = .counts
    return SmallTrace(
      header: header,
      steps: steps.map { step in
        var load = ExpertLoad(zeroFor: header.layers, experts: header.experts)
        load.add(step)
        return RoutingStep(number: step.number, tokens: step.tokens, counts: load.values.map { UInt64($0) })
      })
  }

  /// The same recording with experts taken in turn in one layer.
  package func flattened(layer: Int) -> SmallTrace {
    let experts = header.experts
    return SmallTrace(
      header: header,
      steps: steps.map { step in
        var step = step
        let visits = step.experts.count / header.layers
        for visit in 0..<visits { step.experts[layer * visits + visit] = UInt16(visit % experts) }
        return step
      })
  }

  /// The same recording with every token's experts in ascending order.
  package var sorted: SmallTrace {
    let topK = header.topK ?? 1
    return SmallTrace(
      header: header,
      steps: steps.map { step in
        var step = step
        for first in stride(from: 0, to: step.experts.count, by: topK) { step.experts[first..<first + topK].sort() }
        return step
      })
  }

  /// The same recording, every token's id being its expert in the first layer.
  package var withTokenIDs: SmallTrace {
    SmallTrace(
      header: header,
      steps: steps.map { step in
        var step = step
        step.tokenIDs = (0..<step.tokens).map { UInt32(step.experts[$0 * (header.topK ?? 1)]) }
        return step
      })
  }

  /// The same recording with the rank that each token of a step starts on.
  package func starting(on ranks: [UInt32]) -> SmallTrace {
    SmallTrace(
      header: header,
      steps: steps.map { step in
        var step = step
        step.sources = ranks
        return step
      })
  }

  /// The same recording with the popularity of one step turned over.
  package func turned(step number: Int) -> SmallTrace {
    let last = UInt16(header.experts - 1)
    return SmallTrace(
      header: header,
      steps: steps.map { step in
        var step = step
        if step.number == number { step.experts = step.experts.map { last - $0 } }
        return step
      })
  }

  package func only(step: Int) -> SmallTrace { SmallTrace(header: header, steps: [steps[step]]) }

  package func prefix(_ count: Int) -> SmallTrace { part(0..<min(count, steps.count)) }

  package func part(_ range: Range<Int>) -> SmallTrace { SmallTrace(header: header, steps: Array(steps[range])) }

  package func onlyLayer(_ layer: Int) -> SmallTrace {
    var header = header
    header.layerNumbers = [layer]
    return SmallTrace(
      header: header,
      steps: steps.map { step in
        var step = step
        let visits = step.experts.count / self.header.layers
        step.experts = Array(step.experts[layer * visits..<(layer + 1) * visits])
        return step
      })
  }

  fileprivate init(header: TraceHeader, steps: [RoutingStep]) {
    self.header = header
    self.steps = steps
  }
}

extension SmallTrace {
  /// The same recording with one token a step that visits these experts, `[steps][layers]`.
  package func visiting(_ experts: [[Int]]) -> SmallTrace {
    SmallTrace(
      header: header,
      steps: zip(steps, experts).map { step, experts in
        var step = step
        step.experts = experts.map { UInt16($0) }
        return step
      })
  }
}

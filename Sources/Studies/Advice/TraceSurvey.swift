import LoadBalancing
import Replay
import RoutingTrace

/// What a trace is as a whole, from a first reading.
package struct TraceSurvey {
  let header: TraceHeader
  private(set) var load: ExpertLoad
  private(set) var steps = 0
  /// Whether every step knows the vocabulary ids of its tokens.
  private(set) var hasTokenIDs = true
  private var decodeSteps = 0

  package init(of source: any StepSource) throws {
    header = source.header
    load = ExpertLoad(zeroFor: header.layers, experts: header.experts)
    let counted = CountedSteps(source, as: "reading")
    while let step = try counted.next() {
      load.add(step)
      steps += 1
      hasTokenIDs = hasTokenIDs && step.tokenIDs != nil
      if (step.phase ?? header.phase) == .decode { decodeSteps += 1 }
    }
  }

  /// Whether most steps decode.
  var isDecode: Bool { 2 * decodeSteps > steps }

  /// Whether all steps decode, or none.
  var isOfOnePhase: Bool { decodeSteps == 0 || decodeSteps == steps }

  /// Max / mean expert load, mean over layers.
  var skewness: Double { Self.skewness(of: load) }

  static func skewness(of load: ExpertLoad) -> Double {
    let layers = (0..<load.layers).compactMap { layer -> Double? in
      let sum = load[layer].reduce(0, +)
      return sum > 0 ? (load[layer].max() ?? 0) * Double(load.experts) / sum : nil
    }
    return layers.isEmpty ? 1 : layers.reduce(0, +) / Double(layers.count)
  }

  /// The part of visits that always guessing the top-k most popular experts gets right, mean over layers, on the load
  /// that they were counted on: for traces that do not know their tokens.
  func frequencyAccuracy(topK: Int) -> Double {
    let layers = (0..<load.layers).compactMap { layer -> Double? in
      let sum = load[layer].reduce(0, +)
      return sum > 0 ? load[layer].sorted(by: >).prefix(topK).reduce(0, +) / sum : nil
    }
    return layers.isEmpty ? 0 : layers.reduce(0, +) / Double(layers.count)
  }
}

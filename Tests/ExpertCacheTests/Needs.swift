import ExpertCache
import Randomness

/// Steps of drawn needs, for laws.
struct Needs {
  let layers: Int
  let experts: Int
  /// `[steps][layers]`.
  let steps: [[LayerNeed]]

  /// - Parameters:
  ///   - tokens: of a step.
  ///   - topK: distinct experts of a token.
  ///   - skew: how much more often the first experts are chosen than the last; 0 for equally often.
  init(layers: Int, experts: Int, steps: Int, tokens: Int, topK: Int, skew: Double = 1, seed: UInt64) {
    self.layers = layers
    self.experts = experts
    var random = SeededGenerator(seed: seed)
    var counter = NeedCounter(experts: experts)
    self.steps = (0..<steps).map { _ in
      (0..<layers).map { layer in
        let visits = (0..<tokens).flatMap { _ in
          Self.chosen(topK, of: experts, skew: skew, &random).map { UInt16($0) }
        }
        return counter.need(layer: layer, visits: visits.span)
      }
    }
  }

  private static func chosen(_ topK: Int, of experts: Int, skew: Double, _ random: inout SeededGenerator) -> [Int] {
    let keys = (0..<experts).map { random.unit() * (1 + skew * Double($0)) }
    return Array((0..<experts).sorted { keys[$0] < keys[$1] }.prefix(topK))
  }

  /// Items of each need in turn.
  var items: [[Int]] { steps.joined().map { need in need.experts.map { need.layer * experts + $0 } } }

  func counts(_ rule: String, capacity: Int) throws -> ExpertCache.Counts {
    var cache = ExpertCache(
      layers: layers, experts: experts, capacity: capacity, rule: try Replacements.registry.named(rule))
    for (index, step) in steps.enumerated() {
      cache.beginStep(isNewSequence: index == 0)
      for need in step { cache.serve(need) }
    }
    return cache.counts
  }

  func minimum(capacity: Int, streams: Bool = false) -> Int {
    var minimum = BeladyMinimum(items: layers * experts, capacity: capacity, streams: streams)
    for items in items { minimum.touch(items) }
    return minimum.hits
  }
}

extension Needs {
  /// Of one token a step, with these experts in each layer.
  init(of steps: [[[Int]]], experts: Int) {
    layers = steps[0].count
    self.experts = experts
    self.steps = steps.map { step in
      step.enumerated().map { layer, wanted in
        LayerNeed(layer: layer, experts: wanted, visits: wanted.map { _ in 1 })
      }
    }
  }
}

extension Needs {
  /// What yardsticks may look at.
  var future: FutureUses {
    var future = FutureUses(layers: layers, experts: experts)
    for step in steps { future.addStep { step[$0].experts } }
    return future
  }
}

import LoadBalancing
import RoutingTrace

/// What a planner that goes by co-activation and price is told of some steps.
struct RoutingSummary {
  private(set) var coactivation: Coactivation
  private let topK: Int
  private var visits = 0.0
  private var steps = 0

  /// Of no steps yet.
  init(layers: Int, experts: Int, topK: Int) {
    coactivation = Coactivation(layers: layers, experts: experts)
    self.topK = topK
  }

  mutating func add(_ step: RoutingStep) {
    steps += 1
    visits += Double(step.experts.count) + Double(step.counts.reduce(0) { $0 + Int($1) })
    coactivation.add(step.experts, topK: topK)
  }

  /// Nil before the first step with tokens.
  var tokensPerStep: Double? {
    visits > 0 ? visits / Double(coactivation.layers * topK * steps) : nil
  }
}

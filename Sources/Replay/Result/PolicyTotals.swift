import LoadBalancing
import PerformanceModel

/// What a policy's steps add up to, in the order of steps and layers.
package struct PolicyTotals: Sendable {
  package private(set) var time = TimeTotals()
  package private(set) var traffic = TrafficTotals()
  package private(set) var bottlenecks = BottleneckTotals()
  package private(set) var balance: BalanceTotals
  package private(set) var moves = MoveTotals()
  package private(set) var balancing = BalancingTotals()
  /// `[layers]`, empty before the first step.
  package private(set) var layers: [LayerTotals] = []
  /// The ranks since a step, and the tokens of all layers before it; empty where none came or went.
  private var stays: [(ranks: Int, from: Int, layerTokens: Double)] = []

  /// - Parameters:
  ///   - denseLayers: of the model, among the layers that the trace is of.
  ///   - routing: as of `BalanceTotals`.
  package init(denseLayers: Int = 0, routing: BalanceTotals.Routing? = nil) {
    balance = BalanceTotals(denseLayers: denseLayers, routing: routing)
  }

  /// - Parameters:
  ///   - layers: `[layers]` outcomes of one step.
  ///   - predictionTime: microseconds that the step waited for its prediction.
  package mutating func add(
    _ layers: some Collection<LayerOutcome>, overlap: Overlap, prediction predictionTime: Double = 0
  ) {
    while self.layers.count < layers.count { self.layers.append(LayerTotals()) }
    for (index, layer) in layers.enumerated() {
      bottlenecks.add(layer, at: index)
      balancing.add(layer)
      self.layers[index].add(layer)
    }
    time.add(layers, overlap: overlap, prediction: predictionTime)
    traffic.add(layers)
    balance.add(layers)
  }

  /// Keeps from now on what every step's prices may be off in.
  mutating func keepParts() { time.keepsParts = true }

  package mutating func beginRebalance() { moves.beginRebalance() }

  /// Takes in moves of a rebalance, for which the next step waits `stall` microseconds.
  package mutating func move(_ experts: ExpertSources, expertBytes: Double, stall: Double) {
    moves.move(experts, expertBytes: expertBytes)
    time.stall(stall)
  }

  /// Makes the next step wait until ranks have come or gone.
  mutating func interrupt(_ time: Double) { time > 0 ? self.time.interrupt(time) : () }

  /// From the next step on there are so many ranks.
  mutating func resume(on ranks: Int) {
    stays.append((ranks: ranks, from: time.commPerStep.count, layerTokens: traffic.layerTokens))
  }

  /// The step added last, alone.
  ///
  /// - Parameters:
  ///   - layers: its outcomes.
  ///   - earlier: the moves before it.
  func last(
    _ layers: some Collection<LayerOutcome>, since earlier: MoveTotals, overlap: Overlap, prediction: Double
  ) -> PolicyTotals {
    var step = PolicyTotals(denseLayers: balance.denseLayers, routing: balance.routing)
    step.moves = moves.since(earlier)
    step.time.stall(time.stallPerStep.last ?? 0)
    step.interrupt(time.lastInterruption)
    step.add(layers, overlap: overlap, prediction: prediction)
    return step
  }

  /// Of steps served, without interruptions. Nil without a context, or when the steps are not all decode or all prefill.
  func serving(_ setting: ReplaySetting) -> ServingEstimate? {
    guard let isDecode = bottlenecks.isDecode else { return nil }
    return setting.prices(isDecode: isDecode).serving?.estimate(
      of: stretches(setting),
      twoBatchTime: time.twoBatch + time.migration + time.prediction + time.balancing + time.stalls,
      touchedExperts: bottlenecks.touchedExperts, replayedLayers: setting.header.layers, isDecode: isDecode)
  }

  private func stretches(_ setting: ReplaySetting) -> [ServingModel.Stretch] {
    let times = time.servedPerStep
    let starts = [(ranks: setting.cluster.ranks, from: 0, layerTokens: 0.0)] + stays
    let ends = starts.dropFirst().map { ($0.from, $0.layerTokens) } + [(times.count, traffic.layerTokens)]
    return zip(starts, ends).map { start, end in
      ServingModel.Stretch(
        steps: end.0 - start.from, tokens: (end.1 - start.layerTokens) / Double(setting.header.layers),
        moeTime: times[start.from..<end.0].reduce(0, +), ranks: start.ranks)
    }
  }
}

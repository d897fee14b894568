import LoadBalancing
import PerformanceModel

/// What a policy's steps add up to, in the order of steps and layers.
package struct PolicyTotals: Sendable {
  package init() {}

  package private(set) var dispatch = 0.0
  package private(set) var experts = 0.0
  package private(set) var combine = 0.0
  package private(set) var upper = 0.0
  package private(set) var lower = 0.0
  package private(set) var migration = 0.0
  package private(set) var prediction = 0.0
  /// `[steps]` communication and total time of each step, microseconds; the total has the migration that the step
  /// had to wait for.
  package private(set) var commPerStep: [Double] = []
  package private(set) var totalPerStep: [Double] = []
  package private(set) var scaleUpBytes = 0.0
  package private(set) var scaleOutBytes = 0.0
  /// Microseconds of communication that no schedule could have beaten.
  package private(set) var communicationBound = 0.0
  package private(set) var bottlenecks = BottleneckTotals()
  package private(set) var rankCopies = 0.0
  package private(set) var nodeCopies = 0.0
  package private(set) var mostNodes = 0
  /// Microseconds of the layers with their attention, as two half batches in turn.
  package private(set) var twoBatch = 0.0
  /// Tokens, counted once per layer.
  package private(set) var layerTokens = 0.0
  package private(set) var rebalances = 0
  package private(set) var movedExperts = 0
  package private(set) var movedBytes = 0.0
  package private(set) var balance = BalanceTotals()
  /// `[layers]`, empty before the first step.
  package private(set) var layers: [LayerTotals] = []
  /// Microseconds of a transfer under way that later steps may still hide.
  private var pendingMigration = 0.0
  /// Microseconds of blocking moves that the next step has to wait for.
  private var blockingMigration = 0.0

  /// - Parameters:
  ///   - layers: `[layers]` outcomes of one step.
  ///   - predictionTime: microseconds that the step waited for its prediction.
  package mutating func add(
    _ layers: some Collection<LayerOutcome>, overlap: Overlap, prediction predictionTime: Double = 0
  ) {
    var comm = 0.0
    var total = 0.0
    while self.layers.count < layers.count { self.layers.append(LayerTotals()) }
    for (index, layer) in layers.enumerated() {
      dispatch += layer.time.dispatch
      experts += layer.time.experts
      combine += layer.time.combine
      upper += layer.time.upper
      lower += layer.time.lower
      comm += layer.time.communication
      total += layer.time.total(overlap)
      scaleUpBytes += layer.cost.scaleUpBytes
      scaleOutBytes += layer.cost.scaleOutBytes
      communicationBound += layer.cost.bound
      bottlenecks.add(layer, at: index)
      self.layers[index].add(layer)
      rankCopies += layer.rankCopies
      nodeCopies += layer.nodeCopies
      mostNodes = max(mostNodes, layer.mostNodes)
      twoBatch += layer.twoBatchTime
      layerTokens += layer.tokens
    }
    balance.add(layers)
    pendingMigration = max(0, pendingMigration - total)
    prediction += predictionTime
    total += predictionTime
    commPerStep.append(comm)
    totalPerStep.append(total + blockingMigration)
    blockingMigration = 0
  }

  /// Counts a rebalance; what the last one has not hidden by now is charged.
  package mutating func beginRebalance() {
    exposePendingMigration()
    rebalances += 1
  }

  /// Takes in moves of a rebalance that take `time` microseconds and stop the model or hide behind the coming steps.
  package mutating func move(
    _ experts: Int, bytes: Double, time: Double, migration kind: RebalanceSchedule.Migration
  ) {
    movedExperts += experts
    movedBytes += bytes
    switch kind {
    case .blocking:
      migration += time
      blockingMigration += time
    case .overlapped:
      pendingMigration += time
    }
  }

  /// Charges what the steps since the last rebalance could not hide.
  package mutating func exposePendingMigration() {
    migration += pendingMigration
    if !totalPerStep.isEmpty { totalPerStep[totalPerStep.count - 1] += pendingMigration }
    pendingMigration = 0
  }
}

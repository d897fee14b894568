import Diagnostics
import LoadBalancing
import Parallelism
import PerformanceModel
import RoutingTrace

/// One policy on its way through the trace: its placement in force, what its predictor has seen, and its results on one
/// machine, or on several that make no difference to what is in force when.
///
/// A batch is cut into segments at the steps where the schedule may change the placement. Within a segment layers are
/// independent and are replayed by whichever threads are free; their outcomes are then added up in the order of steps
/// and layers. All other state is touched by one piece of work at a time.
package final class PolicyReplay: @unchecked Sendable {
  let policy: BalancingPolicy
  let machines: [PricedMachine]
  /// Of the first machine; what is taken from it is the same on all.
  private let setting: ReplaySetting
  /// `[machines]`.
  package private(set) var totals: [PolicyTotals]
  private(set) var hasRebalanced = false
  private(set) var plannerSeconds = 0.0
  let shape: PlacementShape
  private(set) var rollout: PlacementRollout
  private(set) var forecast: LoadForecast
  private(set) var skippedRebalances = 0
  /// `[layers][ranks]` tokens, summed over steps.
  private var rankTokens: [Double]
  private var scratch = ScratchPool<LayerReplay>()

  /// - Parameters:
  ///   - settings: of one machine or more; several must differ only in their links, to which the policy is blind.
  ///   - foresight: needed by a policy that is not causal.
  package init(_ policy: BalancingPolicy, on settings: [ReplaySetting], foresight: Foresight.View?) throws {
    precondition(
      settings.count == 1 || policy.isBlindToLinks && settings.allSatisfy { $0.differsOnlyInLinks(from: settings[0]) })
    let setting = settings[0]
    let header = setting.header
    let cluster = setting.cluster
    self.policy = policy
    self.setting = setting
    shape = PlacementShape(
      layers: header.layers, experts: header.experts, ranks: cluster.ranks, nodes: cluster.nodes,
      groups: header.groups ?? setting.model.groups,
      slots: try policy.slots(experts: header.experts, ranks: cluster.ranks), layerNumbers: header.layerNumbers)
    try MemoryCheck(of: policy, slotsPerRank: Double(shape.slotsPerRank), on: setting)?.requireRoom()
    forecast = try LoadForecast(policy, setting: setting, foresight: foresight)
    rollout = PlacementRollout(shape, ranksPerNode: cluster.ranksPerNode)
    machines = try settings.map { try PricedMachine($0, for: policy) }
    totals = settings.map { PolicyTotals(denseLayers: $0.denseLayers) }
    rankTokens = Array(repeating: 0, count: header.layers * cluster.ranks)
  }

  /// Adds the work on `batch` to `queue`, segment after segment.
  package func begin(_ batch: StepBatch, on queue: WorkQueue, threads: Int) {
    queue.add([{ @Sendable in try self.beginSegment(at: 0, of: batch, on: queue, threads: threads) }])
  }

  /// Closes the books after the last step.
  func finish() {
    forecast.close()
    for machine in totals.indices { totals[machine].exposePendingMigration() }
  }

  /// Expert slots on a rank in a layer, mean over layers.
  var slotsPerRank: Double { Double(rollout.slots.reduce(0, +)) / Double(rollout.slots.count * shape.ranks) }

  /// `[ranks]` tokens of each rank in a layer, summed over steps.
  func rankTokens(layer: Int) -> [Double] { Array(rankTokens[layer * shape.ranks..<(layer + 1) * shape.ranks]) }

  private func beginSegment(at start: Int, of batch: StepBatch, on queue: WorkQueue, threads: Int) throws {
    let over = batch.first + start
    if policy.schedule.isDue(afterStep: over) { try rebalance(afterStep: over, before: batch.steps[start].routing) }
    advancePlan(afterStep: over)
    let nextDue = policy.schedule.nextDue(afterStep: over) ?? .max
    let end = !rollout.isUnderway ? min(batch.steps.count, nextDue - batch.first) : start + 1
    let blocks = layerBlocks(for: batch.steps[start..<end], threads: threads)
    let segment = Segment(blocks: blocks.count)
    queue.add(
      blocks.map { layers in
        { @Sendable in
          guard let blocks = segment.finish(try self.replay(layers, steps: start..<end, of: batch)) else { return }
          try self.settle(blocks, steps: start..<end, of: batch)
          if end < batch.steps.count { try self.beginSegment(at: end, of: batch, on: queue, threads: threads) }
        }
      })
  }

  /// Ranges of layers with work for at least some tens of microseconds each.
  private func layerBlocks(for steps: ArraySlice<StepBatch.Step>, threads: Int) -> [Range<Int>] {
    let layers = setting.header.layers
    let visits = steps.reduce(0) { $0 + max($1.routing.experts.count, $1.routing.counts.count * 64) }
    let count = max(1, min(layers, threads * 4, visits / 32_768))
    return (0..<count).map { $0 * layers / count..<($0 + 1) * layers / count }
  }

  private func replay(_ layers: Range<Int>, steps: Range<Int>, of batch: StepBatch) throws -> Segment.Block {
    var block = Segment.Block(layers: layers, machines: machines.count, steps: steps.count)
    try scratch.with(makeWorker) { worker in
      for layer in layers {
        let placement = rollout.placement.layers[layer]
        for step in steps {
          let outcome = worker.replay(
            batch.steps[step], layer: layer, placement: placement, boundSlots: rollout.slots[layer])
          for machine in machines.indices {
            block.outcomes[machine].append(
              try worker.price(
                outcome, step: batch.first + step, layer: layer, slotsPerRank: placement.slotsPerRank,
                machine: machine))
          }
          block.rankTokens += worker.rankTokens
          block.expertTokens += worker.expertTokens(placement: placement)
        }
      }
    }
    return block
  }

  private func makeWorker() -> LayerReplay { LayerReplay(machines: machines, dispatch: policy.makeDispatch()) }

  /// Adds up a segment's outcomes and lets the predictor see its loads.
  private func settle(_ blocks: [Segment.Block], steps: Range<Int>, of batch: StepBatch) throws {
    let prediction = policy.predictionMicroseconds * Double(shape.layers)
    for (place, step) in steps.enumerated() {
      for (machine, priced) in machines.enumerated() {
        totals[machine].add(
          blocks.outcomes(step: place, of: steps.count, machine: machine), overlap: priced.setting.cluster.overlap,
          prediction: prediction)
      }
      let ofRanks = blocks.rows(\.rankTokens, step: place, of: steps.count, width: shape.ranks)
      for index in rankTokens.indices { rankTokens[index] += ofRanks[index] }
      try forecast.observe(
        blocks.load(step: place, of: steps.count, experts: shape.experts), of: batch.steps[step].routing)
    }
  }

  private func rebalance(afterStep step: Int, before next: RoutingStep) throws {
    guard let outlook = try forecast.outlook(afterStep: step, before: next),
      policy.schedule.isWanted(for: outlook.load, current: rollout.placement)
    else { return }
    let clock = ContinuousClock()
    let start = clock.now
    let plan = try makePlan(from: outlook, isDecode: (next.phase ?? setting.header.phase) == .decode)
    plannerSeconds += (clock.now - start) / .seconds(1)
    guard policy.schedule.isWorthMoving(to: plan, from: rollout.placement, load: outlook.load) else {
      skippedRebalances += 1
      return
    }
    hasRebalanced = true
    if step > 0 { for machine in totals.indices { totals[machine].beginRebalance() } }
    rollout.begin(plan)
  }

  private func makePlan(from outlook: LoadForecast.Outlook, isDecode: Bool) throws -> Placement {
    var context = PlanningContext(load: outlook.load, shape: shape, current: rollout.placement)
    if let summary = outlook.summary, let tokens = summary.tokensPerStep {
      context.coactivation = summary.coactivation
      context.price = PlacementPrice(
        setting, tokensPerStep: tokens, sources: summary.sources, isDecode: isDecode)
    }
    return try policy.plan(context)
  }

  /// Puts the next layers of a plan in force: all of them, or as many as the schedule changes in one step. Pays for
  /// fetching the experts that ranks did not hold; a plan in force from the start is deployed with the model.
  private func advancePlan(afterStep step: Int) {
    if step == 0 { return rollout.deploy() }
    guard let transfers = rollout.advance(layers: policy.schedule.layersPerStep) else { return }
    let expertBytes = setting.model.expertBytes
    let bytes = transfers.experts.map { $0 * expertBytes }
    for (index, machine) in machines.enumerated() {
      totals[index].move(
        transfers.count, bytes: Double(transfers.count) * expertBytes,
        time: machine.migration?.time(bytes: bytes) ?? 0, migration: policy.schedule.migration)
    }
  }
}

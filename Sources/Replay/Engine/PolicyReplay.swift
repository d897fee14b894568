import Diagnostics
import ExpertCache
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
  let setting: ReplaySetting
  /// `[machines]`.
  package var totals: [PolicyTotals]
  /// Of the ranks alive.
  package var shape: PlacementShape
  let changes: RankChanges
  let recovery: any RecoveryRule
  /// `[machines]` of changes that have happened.
  package var changeRecords: [[ChangeRecord]]
  /// Since the first change.
  var mostSlotsPerRank = 0
  /// That were there at once.
  var fewestRanks: Int
  package var rollout: PlacementRollout
  var forecast: LoadForecast
  var rebalancing = Rebalancing()
  /// Which tiers of the machine's storage have which experts; nil without it.
  var homes: ExpertHomes?
  /// What its ranks have at hand; nil where they have all that they serve.
  var cache: CachedServing?
  /// Steps to try placements on, if the planner asks for them.
  var recent: RecentSteps?
  /// `[layers][ranks]` tokens, summed over steps.
  private var rankTokens: [Double]
  /// What single steps come to, if that was asked for.
  var records: StepRecords?
  /// What timelines show, if that was asked for.
  var timeline: TimelineRecords?
  /// What was decided and is not told yet, if anybody listens.
  var decisions: [RebalanceDecision]?
  /// What charts show, if that was asked for.
  private(set) var details: DetailTotals?
  /// Which layers are replayed here, and which were replayed elsewhere.
  var work = LayerWork.all
  private var scratch = ScratchPool<LayerReplay>()
  /// What the dispatch rule is shown of earlier loads.
  var shown: ShownLoads

  /// - Parameters:
  ///   - policy: fitted to the layers.
  ///   - settings: of one machine or more; several must differ only in their links, to which the policy is blind.
  ///   - foresight: needed by a policy whose predictor is not causal.
  ///   - future: needed by a policy whose cache is not causal.
  package init(
    _ policy: BalancingPolicy, on settings: [ReplaySetting], foresight: Foresight.View?, future: FutureUses? = nil
  ) throws {
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
    changes = try setting.changes(under: policy)
    recovery = try setting.recovery()
    changeRecords = settings.map { _ in [] }
    fewestRanks = cluster.ranks
    try ExactCheck(of: policy, on: setting)?
      .require(on: AliveRanks(all: cluster.ranks, ranksPerNode: cluster.ranksPerNode))
    cache = try CachedServing(policy, on: setting, shape: shape, future: future)
    let arrivals = policy.arrivalSlotsPerLayer(on: setting)
    let slots = cache?.slotsPerRank ?? Double(shape.slotsPerRank) + arrivals
    try MemoryCheck(of: policy, slotsPerRank: slots, on: setting)?.requireRoom()
    try setting.checkSharedExperts(of: policy)
    shown = try ShownLoads(policy, header: header)
    homes = try ExpertHomes(setting)
    recent = policy.planner.needs.contains(.trials) ? RecentSteps(window: policy.predictor?.window) : nil
    forecast = try LoadForecast(policy, setting: setting, foresight: foresight)
    rollout = PlacementRollout(shape, ranksPerNode: cluster.ranksPerNode, rule: policy.schedule.migration)
    machines = try settings.map { try PricedMachine($0, for: policy) }
    totals = settings.map { PolicyTotals(denseLayers: $0.denseLayers, routing: $0.routing) }
    rankTokens = Array(repeating: 0, count: header.layers * cluster.ranks)
  }

  /// Adds the work on `batch` to `queue`, segment after segment.
  ///
  /// - Parameter counter: of steps that are over.
  package func begin(_ batch: StepBatch, on queue: WorkQueue, threads: Int, counter: WorkCounter? = nil) {
    queue.add([{ @Sendable in try self.beginSegment(at: 0, of: batch, on: queue, threads: threads, counter) }])
  }

  /// Closes the books after the last step.
  func finish() { forecast.close() }

  /// Expert slots on a rank in a layer, mean over layers.
  var slotsPerRank: Double {
    if let cache { return cache.slotsPerRank }
    return max(
      Double(mostSlotsPerRank), Double(rollout.slots.reduce(0, +)) / Double(rollout.slots.count * shape.ranks))
      + policy.arrivalSlotsPerLayer(on: setting, ranks: fewestRanks, most: mostArrivals)
  }

  /// Slots on a rank for what an exact planner fetches; nil without one.
  var arrivalSlots: Int? {
    policy.planner.exact == nil ? nil : policy.arrivalSlots(on: setting, ranks: fewestRanks, most: mostArrivals)
  }

  private var mostArrivals: Int { Int(totals[0].balancing.mostArrivals) }

  /// Gathers from now on what charts show.
  ///
  /// - Parameter isFirst: whether what is of the trace is gathered here, too.
  func keepDetails(isFirst: Bool) { details = DetailTotals(of: self, isFirst: isFirst) }

  /// What was sent since details are kept.
  var sentTraffic: SentTraffic {
    scratch.idle.reduce(into: SentTraffic()) { sum, worker in if let sent = worker.sent { sum.add(sent) } }
  }

  /// `[ranks]` tokens of each rank in a layer, summed over steps.
  func rankTokens(layer: Int) -> [Double] {
    let ranks = rollout.alive.all
    return Array(rankTokens[layer * ranks..<(layer + 1) * ranks])
  }

  private func beginSegment(
    at start: Int, of batch: StepBatch, on queue: WorkQueue, threads: Int, _ counter: WorkCounter?
  ) throws {
    let over = batch.first + start
    let wasUnderway = rollout.isUnderway
    try change(before: batch.steps[start].routing, afterStep: over)
    try prepare(for: batch.steps[start].routing, afterStep: over)
    details?.prepare(
      plansBegun: totals[0].moves.rebalances, wasUnderway: wasUnderway, isUnderway: rollout.isUnderway)
    timeline?.prepare(rollout.plans)
    let nextDue = min(
      policy.schedule.nextDue(afterStep: over) ?? .max, rebalancing.planReady ?? .max,
      changes.next(after: over) ?? .max)
    let end = !rollout.isUnderway ? min(batch.steps.count, nextDue - batch.first) : start + 1
    let blocks = layerBlocks(for: batch.steps[start..<end], threads: threads)
    let segment = Segment(blocks: blocks.count)
    queue.add(
      blocks.map { layers in
        { @Sendable in
          guard let blocks = segment.finish(try self.replay(layers, steps: start..<end, of: batch)) else { return }
          try self.settle(blocks, steps: start..<end, of: batch)
          counter?.advance(by: end - start)
          guard end < batch.steps.count else { return }
          try self.beginSegment(at: end, of: batch, on: queue, threads: threads, counter)
        }
      })
  }

  /// Ranges of layers with work for at least some tens of microseconds each.
  private func layerBlocks(for steps: ArraySlice<StepBatch.Step>, threads: Int) -> [Range<Int>] {
    let visits = steps.reduce(0) { $0 + max($1.routing.experts.count, $1.routing.counts.count * 64) }
    return work.layers(of: setting.header.layers).cut(into: max(1, min(shape.layers, threads * 4, visits / 32_768)))
  }

  private func replay(_ layers: Range<Int>, steps: Range<Int>, of batch: StepBatch) throws -> Segment.Block {
    if case .replayed(let shards) = work {
      return try shards.block(layers, steps: steps, of: batch, in: shape, ranks: rollout.alive.all)
    }
    var block = Segment.Block(layers: layers, machines: machines.count, steps: steps.count)
    let isMoving = rollout.isSending
    let shownSteps = timeline?.steps
    let isOverlapped = cache?.isOverlapped
    try scratch.with(makeWorker) { worker in
      if worker.alive != rollout.alive { worker.alive = rollout.alive }
      for layer in layers {
        let placement = rollout.placement.layers[layer]
        for step in steps {
          let context = DispatchContext(
            placement: placement, topK: setting.topK, ranksPerNode: rollout.alive.ranksPerNode, layer: layer,
            step: batch.first + step, shownLoad: shown.load(ofLayer: layer, step: step, in: batch))
          let outcome = worker.replay(batch.steps[step], in: context, boundSlots: rollout.slots[layer])
          for machine in machines.indices {
            let priced = try worker.price(
              outcome, step: batch.first + step, layer: layer, slotsPerRank: worker.slotsPerRank,
              machine: machine, isMoving: isMoving)
            block.outcomes[machine].append(priced)
            guard shownSteps?.contains(batch.first + step) == true else { continue }
            block.timelines[machine][step - steps.lowerBound, default: []].append(
              worker.ranks(of: priced, slotsPerRank: worker.slotsPerRank, machine: machine, isMoving: isMoving))
          }
          if let isOverlapped {
            block.needs.append(worker.needs(of: outcome, layer: layer, isOverlapped: isOverlapped))
          }
          block.rankTokens += worker.rankTokens
          block.expertTokens += worker.load(of: batch.steps[step], layer: layer)
        }
      }
    }
    return block
  }

  private func makeWorker() -> LayerReplay {
    LayerReplay(machines: machines, policy: policy, keepsTraffic: details != nil)
  }

  /// Adds up a segment's outcomes and lets the predictor see its loads.
  private func settle(_ blocks: [Segment.Block], steps: Range<Int>, of batch: StepBatch) throws {
    if work.keeps(blocks, steps: steps.count) {
      for step in steps { try observeApart(batch.steps[step], ordinal: batch.first + step) }
      return
    }
    let prediction = policy.predictionMicroseconds * Double(shape.layers)
    for (place, step) in steps.enumerated() {
      let stalls = cache?.serve(
        blocks.outcomes(step: place, of: steps.count, machine: 0), needs: blocks.needs(step: place, of: steps.count),
        step: batch.steps[step].routing, placement: rollout.placement)
      for (machine, priced) in machines.enumerated() {
        var outcomes = blocks.outcomes(step: place, of: steps.count, machine: machine)
        if let stalls { for layer in outcomes.indices { outcomes[layer].time.stall = stalls[layer] } }
        let overlap = priced.setting.prices(isDecode: outcomes.first?.isDecode == true).cluster.overlap
        totals[machine].add(outcomes, overlap: overlap, prediction: prediction)
        records?.add(
          outcomes, lastOf: totals[machine], skippedPlans: rebalancing.skipped, overlap: overlap,
          prediction: policy.predictionMicroseconds, machine: machine)
        details?.add(outcomes, lastOf: totals[machine], prediction: prediction, machine: machine)
        timeline?.add(
          outcomes, ranks: blocks.ranks(step: place, machine: machine), ordinal: batch.first + step,
          lastOf: totals[machine].time, overlap: overlap, prediction: policy.predictionMicroseconds, machine: machine)
        if rollout.isUnderway, policy.schedule.migration.kind == .overlapped {
          let sent = rollout.offer(priced.timeForMoves(in: outcomes, ranks: shape.ranks, prediction: prediction))
          timeline?.add(
            sent,
            in: IdleTime(of: outcomes, on: priced, ranks: shape.ranks, prediction: policy.predictionMicroseconds),
            ordinal: batch.first + step, machine: machine)
        }
      }
      timeline?.endStep()
      let ofRanks = blocks.rows(\.rankTokens, step: place, of: steps.count, width: rollout.alive.all)
      for index in rankTokens.indices { rankTokens[index] += ofRanks[index] }
      observe(blocks.outcomes(step: place, of: steps.count, machine: 0), prediction: prediction)
      shown.observe(batch.steps[step].routing)
      let load = blocks.load(step: place, of: steps.count, experts: shape.experts)
      details?.add(rankTokens: ofRanks, load: load)
      homes?.observe(load)
      cache?.observe(load)
      recent?.observe(batch.steps[step], ordinal: batch.first + step, load: load)
      try forecast.observe(load, of: batch.steps[step].routing)
      if policy.schedule.isCleared(afterStep: batch.first + step + 1) { forecast.clear() }
    }
  }
}

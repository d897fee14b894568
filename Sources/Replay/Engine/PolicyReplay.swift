import Diagnostics
import ExpertCache
import LoadBalancing
import Parallelism
import PerformanceModel
import RoutingTrace

/// One policy on its way through the trace: its placement in force, what its predictor has seen, and its results on one
/// machine, or on several that make no difference to what is in force when. `ReplayGroup` walks it.
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
  /// That may help to plan.
  var threads = 1
  /// Which layers are replayed here, and which were replayed elsewhere.
  var work = LayerWork.all
  /// Steps that are over when the placement may next be another.
  private(set) var nextPreparation = 0
  /// Of the group whose first member this is.
  let workers = ScratchPool<LayerReplay>()
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
    workers.idle.reduce(into: SentTraffic()) { sum, worker in if let sent = worker.sent { sum.add(sent) } }
  }

  /// `[ranks]` tokens of each rank in a layer, summed over steps.
  func rankTokens(layer: Int) -> [Double] {
    let ranks = rollout.alive.all
    return Array(rankTokens[layer * ranks..<(layer + 1) * ranks])
  }

  /// Before a step where something may change: ranks come and go, layers that have arrived serve, and a plan is made if
  /// one is due.
  ///
  /// - Parameter start: the step's place in the batch.
  func prepare(for batch: StepBatch, at start: Int) throws {
    let over = batch.first + start
    // Whoever else is replayed, and wherever batches end, the policy is asked at the same steps.
    guard over >= nextPreparation else { return }
    let wasUnderway = rollout.isUnderway
    try change(before: batch.steps[start].routing, afterStep: over)
    try prepare(for: batch.steps[start].routing, afterStep: over)
    details?.prepare(
      plansBegun: totals[0].moves.rebalances, wasUnderway: wasUnderway, isUnderway: rollout.isUnderway)
    timeline?.prepare(rollout.plans)
    let nextDue = min(
      policy.schedule.nextDue(afterStep: over) ?? .max, rebalancing.planReady ?? .max, changes.next(after: over) ?? .max
    )
    nextPreparation = rollout.isUnderway ? over + 1 : nextDue
  }

  /// Whether tokens go to the same ranks under both policies wherever their placements are the same, as they may be, and
  /// nothing but counts and prices is asked of either.
  func goesAlong(with other: PolicyReplay) -> Bool {
    sharesCounts && other.sharesCounts && shape.slots == other.shape.slots && readsAlike(other)
      && policy.makeDispatch().choosesAs(other.policy.makeDispatch()) && setting.differsOnlyInLinks(from: other.setting)
  }

  private var sharesCounts: Bool {
    guard case .all = work else { return false }
    return details == nil && cache == nil && policy.planner.exact == nil && setting.sharedVisits(under: policy) == nil
  }

  /// Whether the same of their traffic has to be counted.
  private func readsAlike(_ other: PolicyReplay) -> Bool {
    machines.map(\.reads).max() == other.machines.map(\.reads).max() && (timeline == nil) == (other.timeline == nil)
  }

  func dispatchContext(layer: Int, step: Int, of batch: StepBatch) -> DispatchContext {
    DispatchContext(
      placement: rollout.placement.layers[layer], topK: setting.topK, ranksPerNode: rollout.alive.ranksPerNode,
      layer: layer, step: batch.first + step, shownLoad: shown.load(ofLayer: layer, step: step, in: batch))
  }

  func makeWorker(on machines: [PricedMachine]) -> LayerReplay {
    LayerReplay(machines: machines, policy: policy, keepsTraffic: details != nil, showsRanks: timeline != nil)
  }

  /// Adds up a segment's outcomes and lets the predictor see its loads.
  ///
  /// - Parameter loads: `[steps]`.
  func settle(
    _ blocks: [Segment.Block], at seat: ReplayGroup.Seat, loads: [ExpertLoad], steps: Range<Int>, of batch: StepBatch
  ) throws {
    if work.keeps(blocks, steps: steps.count) {
      for step in steps { try observeApart(batch.steps[step], ordinal: batch.first + step) }
      return
    }
    let prediction = policy.predictionMicroseconds * Double(shape.layers)
    for (place, step) in steps.enumerated() {
      let first = blocks.outcomes(step: place, of: steps.count, machine: seat.machine)
      let stalls = cache?.serve(
        first, needs: blocks.needs(step: place, of: steps.count),
        step: batch.steps[step].routing, placement: rollout.placement)
      for (machine, priced) in machines.enumerated() {
        var outcomes =
          machine == 0 ? first : blocks.outcomes(step: place, of: steps.count, machine: seat.machine + machine)
        if let stalls { for layer in outcomes.indices { outcomes[layer].time.stall = stalls[layer] } }
        let overlap = priced.setting.prices(isDecode: outcomes.first?.isDecode == true).cluster.overlap
        totals[machine].add(outcomes, overlap: overlap, prediction: prediction)
        records?.add(
          outcomes, lastOf: totals[machine], skippedPlans: rebalancing.skipped, overlap: overlap,
          prediction: policy.predictionMicroseconds, machine: machine)
        details?.add(outcomes, lastOf: totals[machine], prediction: prediction, machine: machine)
        timeline?.add(
          outcomes, ranks: blocks.ranks(step: place, machine: seat.machine + machine), ordinal: batch.first + step,
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
      let ofRanks = blocks.rows({ $0.rankTokens[seat.member] }, step: place, of: steps.count, width: rollout.alive.all)
      for index in rankTokens.indices { rankTokens[index] += ofRanks[index] }
      observe(first, prediction: prediction)
      shown.observe(batch.steps[step].routing)
      let load = loads[place]
      details?.add(rankTokens: ofRanks, load: load)
      homes?.observe(load)
      cache?.observe(load)
      recent?.observe(batch.steps[step], ordinal: batch.first + step, load: load)
      try forecast.observe(load, of: batch.steps[step].routing)
      if policy.schedule.isCleared(afterStep: batch.first + step + 1) { forecast.clear() }
    }
  }
}

import Diagnostics
import LoadBalancing
import PerformanceModel
import RoutingTrace

extension PolicyReplay {
  /// Before a step, ahead of plans: ranks come and go. What was on its way is dropped.
  package func change(before next: RoutingStep, afterStep over: Int) throws {
    for change in changes.at(step: over) {
      do {
        try apply(change, before: next)
      } catch let error as InputError {
        throw InputError("change '\(change.text)': \(error.message)", in: "policy \(policy.name)", status: .usage)
      }
    }
  }

  private func apply(_ change: RankChange, before next: RoutingStep) throws {
    let before = rollout.alive
    let after = before.changed(by: change, on: setting.cluster)
    let old = rollout.placement
    let wide = shape
    shape = try policy.shape(on: after, after: change, from: wide, setting: setting)
    let arrivals = policy.arrivalSlotsPerLayer(on: setting, ranks: after.count)
    try MemoryCheck(of: policy, slotsPerRank: Double(shape.slotsPerRank) + arrivals, on: setting)?.requireRoom()
    mostSlotsPerRank = max(mostSlotsPerRank, shape.slotsPerRank)
    fewestRanks = min(fewestRanks, after.count)
    forecast.resume(on: after)
    for machine in totals.indices { totals[machine].resume(on: after.count) }
    recent = recent.map { _ in RecentSteps(window: policy.predictor?.window) }
    rebalancing.drop()
    guard change.step > 0 else {
      rollout.restart(.initial(shape), shape, on: after)
      return record(change, PriceOfChange())
    }
    let new: Placement
    switch change.kind {
    case .fail: new = try recovered(from: old, of: before, without: change, shape: wide)
    case .leave, .join: new = try planned(after, before: next, isDecode: isDecode(next))
    }
    var shift = RankShift(ranksPerNode: setting.cluster.ranksPerNode)
    let givers = Set(before.ids).subtracting(change.kind == .fail ? change.ranks : [])
    // An exact planner's homes are the ranks in their order.
    let keepsSlots = change.kind == .fail && recovery.keepsSlots || policy.planner.exact != nil
    var layers: [LayerPlacement] = []
    for (from, to) in zip(old.layers, new.layers) {
      let held = RankShift.Layout(from, on: before.ids)
      let laid = keepsSlots ? to : to.relabelled(on: after.ids, toShareWith: from, on: before.ids)
      shift.add(from: held, to: RankShift.Layout(laid, on: after.ids), givers: givers)
      layers.append(laid)
    }
    guard shift.loads.isEmpty || homes != nil else {
      throw InputError(
        "\(shift.loads.count) experts are on no rank alive, over all layers: add 'storage' to the cluster, or copies of "
          + "each expert to the policy, such as resilient", status: .usage)
    }
    rollout.restart(Placement(ranks: after.count, layers: layers), shape, on: after)
    record(change, PriceOfChange(shift))
  }

  /// Takes in a step of which some layers alone are replayed here: what is in force after a later change goes by the
  /// load of all.
  func observeApart(_ step: StepBatch.Step, ordinal: Int) throws {
    shown.observe(step.routing)
    guard changes.next(after: ordinal) != nil else { return }
    let (layers, experts) = (shape.layers, shape.experts)
    let load = ExpertLoad(
      layers: layers, experts: experts,
      values: (0..<layers).flatMap { step.routing.load(ofLayer: $0, of: layers, experts: experts) })
    recent?.observe(step, ordinal: ordinal, load: load)
    try forecast.observe(load, of: step.routing)
  }

  private func isDecode(_ step: RoutingStep) -> Bool { (step.phase ?? setting.header.phase) == .decode }

  /// What the machine's rule of recovery makes of a failure, by the load that the policy expects; an even one where it
  /// expects none.
  private func recovered(
    from old: Placement, of before: AliveRanks, without change: RankChange, shape wide: PlacementShape
  ) throws -> Placement {
    let gone = Set(before.ids.indices.filter { change.ranks.contains(before.ids[$0]) })
    let even = Array(repeating: 1.0, count: wide.layers * wide.experts)
    let load = forecast.predictor.predict() ?? ExpertLoad(layers: wide.layers, experts: wide.experts, values: even)
    let layers = try recovery.recovered(
      from: old, without: FailedRanks(gone, of: before.count), load: load, shape: wide)
    let ranks = before.count - gone.count
    return Placement(
      ranks: ranks,
      layers: layers.map {
        LayerPlacement(experts: wide.experts, ranks: ranks, physicalToLogical: $0.slots.compactMap(\.self))
      })
  }

  /// The policy's plan for the ranks that there will be; where it has made none yet, what servers begin with.
  private func planned(_ after: AliveRanks, before next: RoutingStep, isDecode: Bool) throws -> Placement {
    let initial = Placement.initial(shape)
    guard rebalancing.hasPlanned, let outlook = try forecast.outlook(before: next) else { return initial }
    return try makePlan(from: outlook, from: initial, on: after, afterStep: 0, isDecode: isDecode)
  }

  private func record(_ change: RankChange, _ price: PriceOfChange) {
    let elastic = setting.cluster.elastic ?? ElasticTimes()
    let locations = homes?.locations
    for (index, machine) in machines.enumerated() {
      var record = ChangeRecord(change: change, lostExperts: price.lost)
      if change.step > 0, let moves = machine.changes {
        let cost = moves.cost(of: price.layers, from: locations, lost: price.loads)
        let bytes = setting.model.expertBytes
        record.movedBytes = Double(cost.sources.peers) * bytes
        record.reloadedBytes = Double(cost.sources.count - cost.sources.peers) * bytes
        record.interruption =
          (change.kind == .fail ? elastic.detect : 0) + elastic.reconfigure + cost.time + elastic.resume
        totals[index].interrupt(record.interruption)
      }
      changeRecords[index].append(record)
    }
  }
}

/// What has to be paid for a change.
private struct PriceOfChange {
  var lost = 0
  var layers: [LayerFetches] = []
  var loads: [RankShift.Load] = []

  init() {}

  init(_ shift: RankShift) { (lost, layers, loads) = (shift.lost, shift.layers, shift.loads) }
}

/// What a change came to under a policy on a machine.
package struct ChangeRecord: Sendable {
  package let change: RankChange
  /// Summed over layers.
  package let lostExperts: Int
  package var movedBytes = 0.0
  package var reloadedBytes = 0.0
  /// Microseconds.
  package var interruption = 0.0
}

extension AliveRanks {
  /// - Precondition: a change that `RankChanges` has let pass.
  func changed(by change: RankChange, on cluster: Cluster) -> AliveRanks {
    var alive = Set(ids)
    switch change.kind {
    case .fail, .leave: alive.subtract(change.ranks)
    case .join: alive.formUnion(change.ranks)
    }
    return AliveRanks(alive.sorted(), of: all, ranksPerNode: cluster.ranksPerNode)
  }
}

extension BalancingPolicy {
  /// What there is to fill after a change. Survivors of a failure have the slots that they had. Planned changes, and those
  /// before the first step, give the policy the slots of its budget for so many ranks, and none to a rank that only gets
  /// company.
  fileprivate func shape(
    on alive: AliveRanks, after change: RankChange, from old: PlacementShape, setting: ReplaySetting
  ) throws(InputError) -> PlacementShape {
    if planner.exact != nil, change.kind == .fail, change.step > 0 {
      throw InputError(
        "each expert is at home on one rank, and no other has a slot for those of one that fails; ranks may leave and "
          + "join", status: .usage)
    }
    try ExactCheck(of: self, on: setting)?.require(on: alive)
    var shape = old
    (shape.ranks, shape.nodes) = (alive.count, alive.nodes)
    if alive.hasUnevenNodes { shape.groups = 1 } else { shape.groups = setting.header.groups ?? setting.model.groups }
    let budget = try slotBudget.slotsPerRank(experts: old.experts, ranks: alive.count)
    let least = (old.experts + alive.count - 1) / alive.count
    let perRank: Int
    switch change.kind {
    case _ where change.step == 0: perRank = budget
    case .fail: perRank = old.slotsPerRank
    case .leave: perRank = budget
    case .join: perRank = max(least, min(budget, old.slotsPerRank))
    }
    guard perRank >= least else {
      throw InputError(
        "\(perRank * alive.count) slots on the ranks alive cannot hold \(old.experts) experts; \(least) slots on each would "
          + "do, such as \(name):redundantSlotsPerRank=\(spare(perRank: least, ranks: old.ranks, experts: old.experts))"
          + (name == BalancingPolicy.static.name ? " as the --baseline" : ""), status: .usage)
    }
    shape.slots = perRank * alive.count
    return shape
  }

  /// Redundant slots of a rank that give it so many in all.
  private func spare(perRank: Int, ranks: Int, experts: Int) -> Int {
    max(1, perRank - (experts + ranks - 1) / ranks)
  }

  /// Why ranks cannot come or go under the policy; nil if they can.
  var objectionToChanges: String? {
    cache == nil ? nil : "has a cache, which is of ranks that stay: leave out --change"
  }
}

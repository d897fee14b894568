import LoadBalancing
import RoutingTrace

/// What became of a policy's plans so far.
struct Rebalancing {
  fileprivate(set) var hasPlanned = false
  /// Plans that were not worth moving to.
  fileprivate(set) var skipped = 0
  fileprivate(set) var plannerSeconds = 0.0
  /// Steps over when the first plan served in all layers and its moves were paid for; nil before that.
  fileprivate(set) var firstServing: Int?
  /// Whether a plan waits for an earlier one to arrive.
  fileprivate var isWaiting = false
}

extension PolicyReplay {
  /// Steps over when the policy's placement was the one that it means to serve; nil if it never was.
  var firstServing: Int? { policy.schedule.kind == .never ? 0 : rebalancing.firstServing }

  /// Before a step: layers whose experts have arrived serve from now on; a plan is made if one is due.
  func prepare(for next: RoutingStep, afterStep over: Int) throws {
    let schedule = policy.schedule
    var room = schedule.layersPerStep ?? shape.layers
    if schedule.migration.kind == .overlapped { room -= rollout.adoptArrived(atMost: room) }
    noteService(from: over)
    if schedule.isDue(afterStep: over) {
      try forecast.lookAhead(from: over)
      rebalancing.isWaiting = true
    }
    if rebalancing.isWaiting, !rollout.isUnderway || schedule.migration.onBusy == .replace {
      rebalancing.isWaiting = false
      try rebalance(afterStep: over, before: next)
    }
    switch schedule.migration.kind {
    case .blocking:
      if let transfers = rollout.advance(layers: room) {
        stall(for: transfers)
        if !rollout.isUnderway { noteService(from: over + 1) }
      } else {
        noteService(from: over)
      }
    case .overlapped:
      _ = rollout.adoptArrived(atMost: room)
      noteService(from: over)
    }
  }

  private func noteService(from step: Int) {
    guard rebalancing.hasPlanned, !rollout.isUnderway, rebalancing.firstServing == nil else { return }
    rebalancing.firstServing = step
  }

  private func rebalance(afterStep step: Int, before next: RoutingStep) throws {
    guard let outlook = try forecast.outlook(before: next) else { return }
    shown.predicted(outlook.load)
    guard policy.schedule.isWanted(for: outlook.load, current: rollout.placement) else { return }
    let clock = ContinuousClock()
    let start = clock.now
    let plan = try makePlan(from: outlook, isDecode: (next.phase ?? setting.header.phase) == .decode)
    rebalancing.plannerSeconds += (clock.now - start) / .seconds(1)
    guard policy.schedule.isWorthMoving(to: plan, from: rollout.placement, load: outlook.load) else {
      rebalancing.skipped += 1
      return
    }
    rebalancing.hasPlanned = true
    if step == 0 {
      rollout.deploy(plan)
      return
    }
    for machine in totals.indices { totals[machine].beginRebalance() }
    switch policy.schedule.migration.kind {
    case .blocking: rollout.begin(plan)
    case .overlapped: send(plan)
    }
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

  /// Overlapped moves are sent on one machine: where links differ, so does what is in force when.
  private func send(_ plan: Placement) {
    let expertBytes = setting.model.expertBytes
    let migration = machines[0].migration
    let experts = rollout.send(plan) { experts in migration?.time(bytes: experts.map { $0 * expertBytes }) ?? 0 }
    totals[0].move(experts.fetched - experts.dropped, expertBytes: expertBytes, stall: 0)
  }

  /// Makes the model wait for the experts that ranks did not hold.
  private func stall(for transfers: ExpertTransfers) {
    let expertBytes = setting.model.expertBytes
    let bytes = transfers.experts.map { $0 * expertBytes }
    for (index, machine) in machines.enumerated() {
      totals[index].move(
        transfers.count, expertBytes: expertBytes, stall: machine.migration?.time(bytes: bytes) ?? 0)
    }
  }
}

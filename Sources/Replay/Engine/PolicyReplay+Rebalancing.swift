import Diagnostics
import LoadBalancing
import RoutingTrace

/// What became of a policy's plans so far.
struct Rebalancing {
  fileprivate(set) var hasPlanned = false
  /// Plans that were not worth moving to.
  fileprivate(set) var skipped = 0
  fileprivate(set) var plannerSeconds = 0.0
  /// Why the planner made no plan for the ranks that were left; nil if it always did.
  fileprivate(set) var refusal: String?
  /// Steps over when the first plan served in all layers and its moves were paid for; nil before that.
  fileprivate(set) var firstServing: Int?
  /// Whether a plan waits for an earlier one to arrive.
  fileprivate var isWaiting = false
  /// What the planner keeps of its plans.
  fileprivate var memory = PlanMemory()
  /// A plan that is being made, and how many steps will be over when it is there.
  fileprivate var coming: (plan: Placement, ready: Int)?
  /// Of ranks, layer by layer, since a plan was last due.
  private var balancedness = Mean()
  /// What steps leave to moves.
  private(set) var pace = MovePace()

  /// Steps over when the plan that is being made is there; nil without one.
  var planReady: Int? { coming?.ready }

  /// Ranks have come or gone: drops the plan that is being made, and what the planner kept of those before.
  mutating func drop() {
    coming = nil
    memory = PlanMemory()
  }

  /// Takes in the layers of a step that is over.
  ///
  /// - Parameter timeForMoves: microseconds of the step in which experts may be on their way; nil where nobody asks.
  mutating func observe(_ layers: [LayerOutcome], timeForMoves: Double?) {
    if let timeForMoves { pace.observe(layers, timeForMoves: timeForMoves) }
    for layer in layers where layer.rank.maximum > 0 { balancedness.add(layer.rank.balancedness) }
  }

  /// A plan is made: what the next one goes by begins here.
  fileprivate mutating func restartPace() { pace.restart() }

  /// Mean balancedness of ranks since the last call; nil if there was no load.
  fileprivate mutating func takeBalancedness() -> Double? {
    defer { balancedness = Mean() }
    return balancedness.value
  }
}

extension PolicyReplay {
  /// Steps over when the policy's placement was the one that it means to serve; nil if it never was.
  var firstServing: Int? { policy.schedule.keepsPlacement ? 0 : rebalancing.firstServing }

  /// Before a step: layers whose experts have arrived serve from now on; a plan is made if one is due.
  func prepare(for next: RoutingStep, afterStep over: Int) throws {
    let schedule = policy.schedule
    let wasUnderway = rollout.isUnderway
    defer { tellService(afterStep: over, wasUnderway: wasUnderway) }
    var room = schedule.layersPerStep ?? shape.layers
    if schedule.migration.kind == .overlapped { room -= rollout.adoptArrived(atMost: room) }
    noteService(from: over)
    if schedule.isDue(afterStep: over) {
      try forecast.lookAhead(from: over)
      let balancedness = rebalancing.takeBalancedness() ?? 0
      if let enough = schedule.unlessBalanced, balancedness > enough {
        rebalancing.skipped += 1
        decided(.balanced(to: balancedness, enough: enough), afterStep: over)
      } else {
        rebalancing.isWaiting = true
      }
    }
    let isBusy = rollout.isUnderway || rebalancing.coming != nil
    if rebalancing.isWaiting, !isBusy || schedule.migration.onBusy == .replace {
      rebalancing.isWaiting = false
      try rebalance(afterStep: over, before: next)
    } else if rebalancing.isWaiting, schedule.isDue(afterStep: over) {
      decided(.waits(layersUnderway: rollout.layersUnderway), afterStep: over)
    }
    if let coming = rebalancing.coming, coming.ready <= over { move(to: coming.plan, afterStep: over) }
    switch schedule.migration.kind {
    case .blocking:
      if let transfers = rollout.advance(layers: room) {
        stall(for: transfers, afterStep: over)
        if !rollout.isUnderway { noteService(from: over + 1) }
      } else {
        noteService(from: over)
      }
    case .overlapped:
      _ = rollout.adoptArrived(atMost: room)
      noteService(from: over)
    }
  }

  /// Takes in the layers of a step that is over.
  func observe(_ layers: [LayerOutcome], prediction: Double) {
    let isPriced = policy.planner.needs.contains(.costs)
    rebalancing.observe(
      layers,
      timeForMoves: isPriced ? machines[0].timeForMoves(in: layers, ranks: shape.ranks, prediction: prediction) : nil)
  }

  private func noteService(from step: Int) {
    guard rebalancing.hasPlanned, !rollout.isUnderway, rebalancing.firstServing == nil else { return }
    rebalancing.firstServing = step
  }

  private func rebalance(afterStep step: Int, before next: RoutingStep) throws {
    guard let outlook = try forecast.outlook(before: next) else { return decided(.knowsNothing, afterStep: step) }
    shown.predicted(outlook.load)
    guard policy.schedule.isWanted(for: outlook.load, current: rollout.placement) else {
      return decided(.evenEnough(predicted(rollout.placement, outlook.load)), afterStep: step)
    }
    let clock = ContinuousClock()
    let start = clock.now
    guard
      let made = try madePlan(
        from: outlook, afterStep: step, isDecode: (next.phase ?? setting.header.phase) == .decode)
    else { return }
    let plan = policy.schedule.migration.adapted(made, to: rollout.begun)
    rebalancing.restartPace()
    rebalancing.plannerSeconds += (clock.now - start) / .seconds(1)
    guard policy.schedule.isWorthMoving(to: plan, from: rollout.placement, load: outlook.load) else {
      rebalancing.skipped += 1
      return decided(
        .gainsTooLittle(
          from: predicted(rollout.placement, outlook.load), to: predicted(plan, outlook.load),
          least: policy.schedule.minimumGain), afterStep: step)
    }
    decided(
      .planned(
        from: predicted(rollout.placement, outlook.load), to: predicted(plan, outlook.load),
        readyAfter: step == 0 ? 0 : step + policy.schedule.planSteps), afterStep: step)
    if step == 0 {
      rebalancing.hasPlanned = true
      rollout.deploy(plan)
    } else {
      rebalancing.coming = (plan, step + policy.schedule.planSteps)
    }
  }

  /// Nil where ranks have gone and the planner refuses those that are left: what recovery made stays in force.
  private func madePlan(
    from outlook: LoadForecast.Outlook, afterStep step: Int, isDecode: Bool
  ) throws -> Placement? {
    do {
      return try makePlan(
        from: outlook, from: rollout.placement, on: rollout.alive, afterStep: step, isDecode: isDecode)
    } catch let error as InputError where step > 0 && !rollout.alive.isWhole {
      rebalancing.refusal = error.message
      rebalancing.skipped += 1
      return nil
    }
  }

  private func move(to plan: Placement, afterStep step: Int) {
    rebalancing.coming = nil
    rebalancing.hasPlanned = true
    for machine in totals.indices { totals[machine].beginRebalance() }
    switch policy.schedule.migration.kind {
    case .blocking: rollout.begin(plan)
    case .overlapped: send(plan, afterStep: step)
    }
  }

  /// A plan before the first step is deployed with the model, so that its moves have no price.
  func makePlan(
    from outlook: LoadForecast.Outlook, from current: Placement, on alive: AliveRanks, afterStep step: Int,
    isDecode: Bool
  ) throws -> Placement {
    var context = PlanningContext(load: outlook.load, shape: shape, current: current)
    context.windows = outlook.windows
    context.threads = threads
    context.sources = outlook.sources
    if let summary = outlook.summary, let tokens = summary.tokensPerStep {
      context.coactivation = summary.coactivation
      context.price = PlacementPrice(
        setting, tokensPerStep: tokens, sources: summary.sources, isDecode: isDecode, alive: alive)
    }
    if step > 0, policy.planner.needs.contains(.costs) {
      context.moves = machines[0].moves.map {
        MoveOutlook(
          policy.schedule, afterStep: step, span: outlook.span, moves: $0, alive: alive,
          locations: homes?.locations, pace: rebalancing.pace.perStep)
      }
    }
    context.trial = recent?.trial(of: policy, on: machines[0], shown: outlook.load, alive: alive)
    return try policy.plan(context, memory: &rebalancing.memory)
  }

  /// Overlapped moves are sent on one machine: where links differ, so does what is in force when.
  private func send(_ plan: Placement, afterStep step: Int) {
    let expertBytes = setting.model.expertBytes
    let locations = homes?.locations
    guard let moves = machines[0].moves else { preconditionFailure("a policy that moves nothing has a plan to send") }
    var time = 0.0
    let experts = rollout.send(plan) { fetches in
      let cost = moves.cost(of: [fetches], from: locations)
      time += cost.time
      return cost
    }
    totals[0].move(experts.fetched - experts.dropped, expertBytes: expertBytes, stall: 0)
    decided(
      .sends(
        experts: experts.fetched.count, dropped: experts.dropped.count, expertBytes: expertBytes, microseconds: time),
      afterStep: step)
  }

  /// Makes the model wait for the experts that ranks did not hold.
  private func stall(for transfers: ExpertTransfers, afterStep step: Int) {
    let expertBytes = setting.model.expertBytes
    let locations = homes?.locations
    timeline?.stalled(for: transfers, ranks: rollout.alive.all)
    let costs = machines.map { machine in
      guard let moves = machine.moves else { preconditionFailure("a policy that moves nothing waits for moves") }
      return moves.cost(of: transfers.layers, from: locations)
    }
    for (index, cost) in costs.enumerated() {
      totals[index].move(cost.sources, expertBytes: expertBytes, stall: cost.time)
    }
    decided(
      .waitsFor(
        experts: transfers.count, expertBytes: expertBytes, layers: transfers.layers.count,
        microseconds: costs[0].time), afterStep: step)
  }
}

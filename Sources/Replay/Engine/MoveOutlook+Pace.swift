import LoadBalancing

extension MoveOutlook {
  /// What changes of a placement cost under a schedule on a machine, and for how long they serve.
  ///
  /// - A blocking move is waited for in full, a layer by itself: layers that move together may share latencies.
  /// - An overlapped one serves when the time that steps leave to moves has been enough for it.
  /// - With a share of the links it is there after as many whole steps, and until then dispatch and combine have the
  ///   rest of the bandwidth.
  ///
  /// - Parameters:
  ///   - over: steps that are over.
  ///   - span: steps over which the load that the plan is made from was added up.
  ///   - alive: ranks that placements are of.
  ///   - locations: where the machine's storage has experts; nil without it.
  ///   - pace: what steps leave to moves; nil before the first.
  package init(
    _ schedule: RebalanceSchedule, afterStep over: Int, span: Double = 0, moves: MovePrice, alive: AliveRanks,
    locations: ExpertLocations? = nil, pace: (free: Double, sending: Double)?
  ) {
    let rule = schedule.migration
    let perLayer = schedule.layersPerStep.map { 1 / Double($0) } ?? 0
    self.init(horizon: schedule.horizon(afterStep: over, span: span)) { layer, old, new in
      var senders = rule.makeSenders()
      let fetches = senders.fetches(from: old, to: new, ranksPerNode: alive.ranksPerNode)
      let time = moves.cost(of: [LayerFetches(layer: layer, fetches: alive.ranks(of: fetches))], from: locations).time
      guard rule.kind == .overlapped else { return Cost(wait: time, steps: perLayer) }
      guard time > 0, let pace, pace.free > 0 else { return Cost(wait: 0, steps: perLayer) }
      let steps = time / pace.free
      let slowdown = rule.bandwidthShare.map { $0 / (1 - $0) } ?? 0
      return Cost(wait: steps * slowdown * pace.sending, steps: max(steps, perLayer))
    }
  }
}

extension RebalanceSchedule {
  /// Steps for which a change may serve that is planned when `over` steps are over, from the one in which it may begin
  /// to: to the next plan, or for as long as the load is taken to stay as it was, since the next plan has no reason to
  /// undo the change before. Where no plan follows, as many as are over.
  ///
  /// - Parameter span: steps over which the load was added up.
  package func horizon(afterStep over: Int, span: Double = 0) -> Double {
    let interval = nextDue(afterStep: over).map { $0 - over } ?? over
    return max(0, max(Double(interval), span) - Double(planSteps))
  }
}

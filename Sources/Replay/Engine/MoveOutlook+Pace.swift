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
  ///   - locations: where the machine's storage has experts; nil without it.
  ///   - pace: what steps leave to moves; nil before the first.
  package init(
    _ schedule: RebalanceSchedule, afterStep over: Int, moves: MovePrice, ranksPerNode: Int,
    locations: ExpertLocations? = nil, pace: (free: Double, sending: Double)?
  ) {
    let rule = schedule.migration
    let perLayer = schedule.layersPerStep.map { 1 / Double($0) } ?? 0
    self.init(horizon: schedule.horizon(afterStep: over)) { layer, old, new in
      var senders = rule.makeSenders()
      let fetches = senders.fetches(from: old, to: new, ranksPerNode: ranksPerNode)
      let time = moves.cost(of: [LayerFetches(layer: layer, fetches: fetches)], from: locations).time
      guard rule.kind == .overlapped else { return Cost(wait: time, steps: perLayer) }
      guard time > 0, let pace, pace.free > 0 else { return Cost(wait: 0, steps: perLayer) }
      let steps = time / pace.free
      let slowdown = rule.bandwidthShare.map { $0 / (1 - $0) } ?? 0
      return Cost(wait: steps * slowdown * pace.sending, steps: max(steps, perLayer))
    }
  }
}

extension RebalanceSchedule {
  /// Steps from the one in which a plan made when `over` steps are over may begin to serve to the next plan; as many as
  /// are over where none follows.
  package func horizon(afterStep over: Int) -> Double {
    Double(max(0, (nextDue(afterStep: over) ?? 2 * over) - over - planSteps))
  }
}

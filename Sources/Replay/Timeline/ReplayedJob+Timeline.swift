import LoadBalancing

extension ReplayedJob {
  /// The replays whose steps are shown, each once.
  private var shown: [PolicyReplay] { views.flatMap { $0.filter { $0.machine == 0 }.map(\.replay) } }

  /// Gathers from now on what timelines show.
  func keepTimeline(of steps: Range<Int>) {
    for replay in shown { replay.timeline = TimelineRecords(steps, of: replay) }
  }

  /// Shows the chosen steps of a batch that was replayed.
  func showTimeline(of batch: StepBatch, to observer: TimelineObserver) throws {
    for ordinal in observer.steps.clamped(to: batch.first..<batch.first + batch.count) {
      let step = batch.steps[ordinal - batch.first].routing
      for machine in job.settings.indices {
        for (policy, views) in views.enumerated() {
          let view = views[machine]
          guard let entry = view.replay.timeline?.entries[view.machine].first(where: { $0.ordinal == ordinal }) else {
            preconditionFailure("the timeline lacks a step")
          }
          let setting = job.settings[machine]
          try observer.observe(
            StepTimeline(
              cluster: .init(setting), machine: machine, policy: job.policies[policy].name, ordinal: ordinal,
              number: step.number,
              phase: step.phase ?? setting.header.phase, total: entry.total, stall: entry.stall,
              arrivals: entry.arrivals, expertBytes: setting.model.expertBytes, moves: entry.moves,
              plansBegun: entry.plansBegun, plansInForce: entry.plansInForce, layers: entry.layers))
        }
      }
    }
    for replay in shown { replay.timeline?.clear() }
  }
}

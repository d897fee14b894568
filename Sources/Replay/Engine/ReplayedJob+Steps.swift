extension ReplayedJob {
  /// The replays whose steps are told, each once.
  private var told: [PolicyReplay] { views.flatMap { $0.filter { $0.machine == 0 }.map(\.replay) } }

  /// Gathers what single steps come to from now on.
  func gatherSteps(byLayer: Bool) {
    for replay in told { replay.records = StepRecords(machines: replay.machines.count, byLayer: byLayer) }
  }

  /// Tells of every step of a batch that was replayed.
  func tellSteps(of batch: StepBatch, to observer: StepObserver) throws {
    let memory = views.map { $0.map { PolicyResult.Memory($0.replay, keptTokens: nil) } }
    for (place, step) in batch.steps.enumerated() {
      for machine in job.settings.indices {
        let entries = views.map { $0[machine].entry(at: place) }
        for (policy, entry) in entries.enumerated() {
          let alone = AloneStep(
            step: step, setting: job.settings[machine], policy: job.policies[policy], memory: memory[policy][machine],
            fetches: views[policy][machine].fetches)
          let baseline = policy == 0 ? nil : entries[0]
          if observer.isByLayer {
            for layer in entry.layers.indices { try observer.observe(alone.result(layer, of: entry, over: baseline)) }
          } else {
            try observer.observe(alone.result(of: entry, over: baseline))
          }
        }
      }
    }
    for replay in told { replay.records?.clear() }
  }
}

extension ReplayedJob.View {
  fileprivate var fetches: FetchPrice? { replay.machines[machine].fetches }

  /// - Precondition: steps are gathered.
  fileprivate func entry(at place: Int) -> StepRecords.Entry {
    guard let records = replay.records else { preconditionFailure("steps were not gathered") }
    return records.entries[machine][place]
  }
}

import LoadBalancing

/// A job under way: the replays of its policies on its machines.
struct ReplayedJob {
  /// A policy's replay as seen from one machine.
  struct View {
    let replay: PolicyReplay
    let machine: Int

    var totals: PolicyTotals { replay.totals[machine] }
  }

  let job: ReplayJob
  /// `[policies][settings]`.
  let views: [[View]]
  /// `[policies]` what its regret is measured against; empty where it has none.
  private let twins: [[View]]

  init(_ job: ReplayJob, lookingAhead readings: inout ForesightReadings) throws {
    try job.checkNames()
    self.job = job
    views = try job.policies.map { try Self.replays(of: $0, for: job, lookingAhead: &readings) }
    twins = try job.policies.map { policy in
      guard job.measuresRegret, let twin = policy.foreseen else { return [] }
      return try Self.replays(of: twin, for: job, lookingAhead: &readings)
    }
  }

  /// One replay for all settings if they make no difference to what the policy does, else one each.
  private static func replays(
    of policy: BalancingPolicy, for job: ReplayJob, lookingAhead readings: inout ForesightReadings
  ) throws -> [View] {
    let settings = job.settings
    let policy = policy.fitted(toLayers: settings[0].header.layers)
    if policy.isBlindToLinks, settings.allSatisfy({ $0.differsOnlyInLinks(from: settings[0]) }) {
      let ahead = try readings.view(for: policy, on: settings[0])
      let replay = try PolicyReplay(policy, on: settings, foresight: ahead)
      return settings.indices.map { View(replay: replay, machine: $0) }
    }
    return try settings.map { setting in
      let ahead = try readings.view(for: policy, on: setting)
      let future = try readings.futureUses(for: policy)
      return View(replay: try PolicyReplay(policy, on: [setting], foresight: ahead, future: future), machine: 0)
    }
  }

  /// Each once.
  var replays: [PolicyReplay] { (views + twins).flatMap { $0.filter { $0.machine == 0 }.map(\.replay) } }

  var plannerSeconds: [(policy: String, seconds: Double)] {
    views.flatMap {
      $0.filter { $0.machine == 0 }.map { ($0.replay.policy.name, $0.replay.rebalancing.plannerSeconds) }
    }
  }

  /// `[settings]`.
  ///
  /// - Throws: `InputError` (usage) if redundant slots do not fit a GPU beside the keys and values of the steps.
  func results(of passed: PassedSteps) throws -> [ReplayResult] {
    try job.settings.indices.map { index in
      let setting = job.settings[index]
      let replays = views.map { $0[index].replay }
      let prices = PriceDraws(on: setting, seed: job.seed)
      let kept = setting.serving.map {
        passed.keptTokens(context: $0.context, replays[0].changes, ranks: setting.cluster.ranks)
      }
      let memory = replays.compactMap {
        MemoryCheck(
          of: $0.policy, slotsPerRank: $0.slotsPerRank, on: setting, keptTokens: kept,
          removedExperts: passed.origin.removedExperts)
      }
      for check in memory { try check.requireRoom() }
      let results = views.enumerated().map { position, views in
        PolicyResult(
          views[index].replay, machine: views[index].machine,
          baseline: position == 0 ? nil : self.views[0][index].totals,
          foreseen: twins[position].isEmpty ? nil : twins[position][index].totals,
          passed: passed, keptTokens: kept, prices: prices)
      }
      return ReplayResult(
        trace: .init(setting.header, topK: setting.topK, passed: passed),
        cluster: .init(setting),
        model: .init(name: setting.model.name), allToAll: setting.cluster.allToAll, seed: job.seed,
        sources: .init(passed.sources(by: setting.sourceAssignment), content: setting.header.content),
        baseline: job.policies[0].name,
        policies: results,
        notes: passed.notes
          + ReplayResult.notes(
            on: setting, replays: replays, sources: passed.sources(by: setting.sourceAssignment),
            repeats: passed.repeats, routerOrder: passed.routerOrder)
          + setting.cluster.routingNotes(most: results.compactMap(\.traffic.routingEntries).max())
          + setting.changeNotes(steps: passed.steps)
          + [setting.notValidatedNote, setting.borrowedNote].compactMap(\.self)
          + setting.extrapolationNotes(stepTokens: passed.stepTokens) + MemoryCheck.notes(memory))
    }
  }
}

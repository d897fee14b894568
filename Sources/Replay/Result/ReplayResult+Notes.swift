import LoadBalancing
import PerformanceModel
import RoutingTrace

extension ReplayResult.Trace {
  init(_ header: TraceHeader, topK: Int, passed: PassedSteps) {
    self.init(
      name: header.name, content: header.content.rawValue, origin: header.provenance?.origin.rawValue,
      steps: passed.steps, repeats: passed.repeats > 1 ? passed.repeats : nil, tokens: passed.tokens,
      layers: header.layers, experts: header.experts, topK: topK, sha256: passed.sha256,
      files: passed.origin.files.isEmpty ? nil : passed.origin.files, selection: passed.origin.selection)
  }
}

extension ReplayResult.Cluster {
  init(_ setting: ReplaySetting) {
    let cluster = setting.cluster
    self.init(name: cluster.name, ranks: cluster.ranks, ranksPerNode: cluster.ranksPerNode, parts: .init(setting))
  }
}

extension ReplaySetting {
  /// Machine, model and trace as results name them.
  package var resultCluster: ReplayResult.Cluster { .init(self) }
  package var resultModel: ReplayResult.Model { .init(name: model.name) }

  package func resultTrace(steps: Int, tokens: Int) -> ReplayResult.Trace {
    .init(
      name: header.name, content: header.content.rawValue, origin: header.provenance?.origin.rawValue, steps: steps,
      tokens: tokens, layers: header.layers, experts: header.experts, topK: topK)
  }
}

extension ReplayResult.Parts {
  /// Nil for a cluster that is not made of parts.
  fileprivate init?(_ setting: ReplaySetting) {
    guard let parts = setting.cluster.parts else { return nil }
    func kernels(isDecode: Bool) -> ReplayResult.Kernels? {
      let phase = setting.header.phase
      guard phase == nil || (phase == .decode) == isDecode else { return nil }
      let parts = setting.prices(isDecode: isDecode).cluster.parts
      return ReplayResult.Kernels(allToAll: parts?.kernels, experts: parts?.experts)
    }
    self.init(
      gpu: parts.gpu, links: parts.links, prefill: kernels(isDecode: false), decode: kernels(isDecode: true))
  }
}

extension ReplayResult {
  static func notes(
    on setting: ReplaySetting, replays: [PolicyReplay], sources: SourceSurvey, repeats: Int,
    routerOrder: RouterOrder
  ) -> [String] {
    var notes = [String]()
    if setting.header.content == .counts { notes.append(countsNote) }
    if let interval = setting.samplingInterval, interval > 1 {
      notes.append(
        "One step in \(interval) is priced by '\(setting.cluster.allToAll)', the others by their busiest link "
          + "at the ratio of the last one priced: intervals over steps are too narrow.")
    }
    if sources.isFolded {
      notes.append("The recording had more than \(setting.cluster.ranks) source ranks; sources are taken modulo that.")
    }
    if let loss = setting.machine.overlaps.lazy.compactMap(\.loss).first {
      notes.append("Overlapping costs time on \(setting.cluster.name): \(loss).")
    }
    for fault in setting.cluster.storage?.outOfOrder(ranksPerNode: setting.cluster.ranksPerNode) ?? [] {
      notes.append("Storage of \(setting.cluster.name): \(fault)")
    }
    if let note = Sources(sources, content: setting.header.content)?.note { notes.append(note) }
    if repeats > 1 {
      notes.append(
        "The recording was replayed \(repeats) times, end to end: from the second time on, the past holds the future.")
    }
    notes += ofPolicies(replays) { replay in
      replay.policy.schedule.keepsPlacement || replay.rebalancing.hasPlanned
        ? nil : "never rebalanced and kept the placement of the beginning."
    }
    if routerOrder.isLost { notes += ofPolicies(replays, sortedNote) }
    notes += ofPolicies(replays, arrivalNote)
    notes += ofPolicies(replays) { replay in
      (replay.policy.planner as? CliquePlanner)?
        .remark(replay.shape, sendsToCopies: replay.policy.makeDispatch() is NearestDispatch)
    }
    notes += ofPolicies(replays) { replay in
      replay.rebalancing.refusal.map { "the planner refused the ranks alive, so that what was in force stayed: \($0)." }
    }
    notes += ofPolicies(replays) { $0.cache?.note }
    if replays[0].cache == nil, replays.contains(where: { $0.cache != nil }) {
      notes.append(
        "\(replays[0].policy.name) has all its experts at hand: what caches lose is over that. Give --baseline one of the "
          + "caches to compare them with each other.")
    }
    notes += ofPolicies(replays) { ExactCheck(of: $0.policy, on: setting)?.remark }
    let isOnePhase = replays[0].totals[0].bottlenecks.isDecode != nil
    if let note = setting.costNote(hasThroughput: isOnePhase) { notes.append(note) }
    let unsteady = replays.dropFirst().filter { $0.firstServing != nil && $0.steadyState == nil }.map(\.policy.name)
    if !unsteady.isEmpty {
      notes.append(
        "There is no steady state of \(unsteady.joined(separator: ", ")): after the first plan serves, fewer than two "
          + "whole intervals of the schedule are left.")
    }
    return notes + ofPolicies(replays) { nodeNote($0, on: setting) }
  }

  /// A note for each different text, with the policies that have it.
  private static func ofPolicies(_ replays: [PolicyReplay], _ text: (PolicyReplay) -> String?) -> [String] {
    var notes: [(text: String, policies: [String])] = []
    for replay in replays {
      guard let text = text(replay) else { continue }
      if let place = notes.firstIndex(where: { $0.text == text }) {
        notes[place].policies.append(replay.policy.name)
      } else {
        notes.append((text, [replay.policy.name]))
      }
    }
    return notes.map { text, policies in
      "\(policies.count == 1 ? "Policy" : "Policies") \(policies.joined(separator: ", ")): \(text)"
    }
  }

  /// A policy whose dispatch rule goes by an order that the recording has lost.
  private static func sortedNote(_ replay: PolicyReplay) -> String? {
    guard replay.policy.makeDispatch().needsRouterOrder else { return nil }
    return "the dispatch rule goes by an expert's place in a token's top-k, but every "
      + "token's experts ascend by id here: whoever recorded them sorted them, and a server's choices were others."
  }

  /// A policy whose first plan was still on its way when the trace ended.
  private static func arrivalNote(_ replay: PolicyReplay) -> String? {
    guard replay.rebalancing.hasPlanned, replay.rebalancing.firstServing == nil else { return nil }
    let layers = replay.shape.layers
    let served = layers - replay.rollout.layersUnderway
    return "the first plan served in \(served) of \(layers) "
      + "layers when the trace ended; the others' experts had not arrived."
  }

  /// A policy under which tokens visit more nodes than the model's router allows.
  private static func nodeNote(_ replay: PolicyReplay, on setting: ReplaySetting) -> String? {
    let mostNodes = replay.totals[0].traffic.mostNodes
    guard let limit = setting.model.nodesPerTokenLimit(nodes: setting.cluster.nodes), mostNodes > limit else {
      return nil
    }
    return "tokens visit up to \(mostNodes) nodes in a layer, "
      + "\(setting.model.name)'s router allows \(limit)."
  }
}

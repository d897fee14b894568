import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

/// One phase of a recording, to be replayed on groups of several sizes.
public struct PhaseTrial {
  public let phase: Phase
  public let header: TraceHeader
  public let machine: Machine
  public let model: ModelShape
  public let policy: BalancingPolicy
  /// The name of another communication model; the machine's when nil.
  public let allToAll: String?
  public let sources: TokenSources
  /// Opens the steps of the whole recording from the first, as often as asked.
  public let open: () throws -> any StepSource

  /// - Parameter phase: `prefill` or `decode`.
  public init(
    _ phase: Phase, header: TraceHeader, machine: Machine, model: ModelShape, policy: BalancingPolicy,
    allToAll: String? = nil, sources: TokenSources = TokenSources(), open: @escaping () throws -> any StepSource
  ) {
    self.phase = phase
    self.header = header
    self.machine = machine
    self.model = model
    self.policy = policy
    self.allToAll = allToAll
    self.sources = sources
    self.open = open
  }

  /// The same phase where another is served.
  func moved(to other: PhaseTrial) -> PhaseTrial {
    PhaseTrial(
      phase, header: header, machine: other.machine, model: model, policy: other.policy, allToAll: allToAll,
      sources: sources, open: open)
  }

  func isServed(as other: PhaseTrial) -> Bool { machine == other.machine && policy.name == other.policy.name }

  /// Sizes of a group, ascending: of those that the machine can have, the ones that divide the experts or the slots.
  package func sizes() -> [Int] {
    let slots = (try? policy.slots(experts: header.experts, ranks: 1)) ?? header.experts
    return (1...min(Cluster.maximumRanks, max(header.experts, slots))).filter { ranks in
      (header.experts % ranks == 0 || slots % ranks == 0) && ranks % sources.attentionRanks == 0
        && (try? policy.slots(experts: header.experts, ranks: ranks)) != nil
        && (try? machine.map { cluster throws(InputError) in try cluster.resized(ranks: ranks) }) != nil
    }
  }

  /// - Parameter isShared: whether the same ranks serve prefill, too.
  func setting(ranks: Int, _ request: RequestShape, isShared: Bool = false) throws(InputError) -> ReplaySetting {
    var header = header
    header.phase = phase
    return try ReplaySetting(
      header: header, machine: machine.map { cluster throws(InputError) in try cluster.resized(ranks: ranks) },
      model: model, allToAll: allToAll, context: request.context(isDecode: phase == .decode),
      promptContext: isShared ? request.context(isDecode: false) : nil, sources: sources)
  }

  /// The steps of the phase from the first.
  ///
  /// - Parameter batchSize: steps made one.
  func steps(batchSize: Int) throws -> any StepSource { try MergedSteps(batchSize, of: PhaseSteps(phase, of: open())) }

  /// The sizes that have room for the model, and in decode for the keys and values of the largest step.
  ///
  /// - Parameter largest: tokens of the largest step.
  /// - Returns: why the largest size has no room beside them; nil if some size has.
  func fitting(_ request: RequestShape, largest: Int) throws(InputError) -> (
    settings: [ReplaySetting], shortage: String?
  ) {
    let kept = Double(largest) * (phase == .decode ? Double(request.context(isDecode: true)) : 1)
    var settings: [ReplaySetting] = []
    var shortage: String?
    for ranks in sizes() {
      let setting = try setting(ranks: ranks, request)
      let notes = try setting.memoryNotes(of: policy, keptTokens: kept / Double(ranks))
      if notes.isEmpty { settings.append(setting) } else { shortage = notes[0] }
    }
    return (settings, settings.isEmpty ? shortage : nil)
  }

  /// Replays the phase's steps on machines of several sizes, in one reading.
  ///
  /// - Parameter batchSize: steps made one.
  func servers(on settings: [ReplaySetting], batchSize: Int, threads: Int) throws -> [PhaseServer] {
    guard !settings.isEmpty else { return [] }
    let heading = WorkProgress.begin("replaying \(phase) on \(settings.count) sizes")
    defer { heading?.end() }
    let job = ReplayJob(on: settings, baseline: policy, policies: [], threads: threads) { [self] in
      try steps(batchSize: batchSize)
    }
    return try job.runOnAll(steps(batchSize: batchSize)).results.compactMap { result in
      result.policies[0].serving.map {
        PhaseServer(
          ranks: result.cluster.ranks, policy: policy.name, batchSize: batchSize,
          stepTokens: Double(result.trace.tokens) / Double(result.trace.steps), stepTime: $0.stepTime,
          notes: result.notes)
      }
    }
  }
}

import Diagnostics
import ExpertCache
import LoadBalancing
import RoutingTrace

/// The readings ahead of one pass: one for all policies whose plans reach no farther than a batch may, one for all that
/// reach farther, which would make the others wait for them with all that they have not taken. A planner that goes by
/// co-activation has one of its own, since its summaries are too large to be kept.
struct ForesightReadings {
  let open: (() throws -> any StepSource)?
  private var near: Foresight?
  private var far: Foresight?
  private var uses: FutureUses?

  init(open: (() throws -> any StepSource)?) { self.open = open }

  /// When experts are needed, read once for all who ask; nil for a policy whose cache is causal.
  ///
  /// - Throws: as `view`.
  mutating func futureUses(for policy: BalancingPolicy) throws -> FutureUses? {
    guard policy.cache?.looksAhead == true else { return nil }
    if let uses { return uses }
    let source = try opener(for: policy)()
    var read = FutureUses(layers: source.header.layers, experts: source.header.experts)
    while let step = try source.next() { read.add(step, of: source.header) }
    uses = read
    return read
  }

  private func opener(for policy: BalancingPolicy) throws(InputError) -> () throws -> any StepSource {
    guard let open else {
      throw InputError(
        "looks ahead in the trace, which standard input does not allow; give a file", in: "policy \(policy.name)",
        status: .usage)
    }
    return open
  }

  /// Nil for a policy whose predictor is causal.
  ///
  /// - Throws: `InputError` (usage) if the trace can be read only once; what opening it throws.
  mutating func view(for policy: BalancingPolicy, on setting: ReplaySetting) throws -> Foresight.View? {
    if policy.predictsCausally { return nil }
    let open = try opener(for: policy)
    if policy.planner.needs.takeRecording {
      return Foresight(reading: try open(), summarising: setting).follow(policy.schedule)
    }
    let counters = setting.header.layers * setting.header.experts
    if let reach = policy.schedule.reach, reach <= StepBatch.maximumCounters / counters {
      let foresight = try near ?? Foresight(reading: open())
      near = foresight
      return foresight.follow(policy.schedule)
    }
    let foresight = try far ?? Foresight(reading: open())
    far = foresight
    return foresight.follow(policy.schedule)
  }
}

extension FutureUses {
  fileprivate mutating func add(_ step: RoutingStep, of header: TraceHeader) {
    addStep { layer in
      switch header.content {
      case .tokens:
        return step.visits(ofLayer: layer, of: header.layers).map { Int($0) }
      case .counts:
        return (0..<header.experts).filter { step.counts[layer * header.experts + $0] > 0 }
      }
    }
  }
}

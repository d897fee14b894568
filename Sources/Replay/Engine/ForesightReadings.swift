import Diagnostics
import LoadBalancing
import RoutingTrace

/// The readings ahead of one pass: one for all policies whose plans reach no farther than a batch may, one for all that
/// reach farther, which would make the others wait for them with all that they have not taken. A planner that goes by
/// co-activation has one of its own, since its summaries are too large to be kept.
struct ForesightReadings {
  let open: (() throws -> any StepSource)?
  private var near: Foresight?
  private var far: Foresight?

  init(open: (() throws -> any StepSource)?) { self.open = open }

  /// Nil for a causal policy.
  ///
  /// - Throws: `InputError` (usage) if the trace can be read only once; what opening it throws.
  mutating func view(for policy: BalancingPolicy, on setting: ReplaySetting) throws -> Foresight.View? {
    if policy.isCausal { return nil }
    guard let open else {
      throw InputError(
        "looks ahead in the trace, which standard input does not allow; give a file", in: "policy \(policy.name)",
        status: .usage)
    }
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

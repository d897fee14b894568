import LoadBalancing
import Presets
import Replay
import RoutingTrace
import Studies
import TestTraces

/// Screenings of small traces.
enum ScreenFixture {
  /// Steps of a small trace as a selection has them; it has no phases to choose.
  static func open(_ trace: SmallTrace, _ selection: StepSelection) -> StoredSteps {
    let steps = selection.steps.map { trace.steps[$0.clamped(to: 0..<trace.steps.count)] } ?? trace.steps[...]
    let chosen = steps.filter { selection.phase == nil || $0.phase == selection.phase }
    return StoredSteps(header: trace.header, steps: Array(chosen))
  }

  static func job(
    _ trace: SmallTrace, setting: ReplaySetting? = nil, target: ServingTarget = .any, memory: Double? = nil,
    horizon: Double = 3600, asksAscend: Bool = false, asksResilience: Bool = false, threads: Int = 2,
    selection: StepSelection = StepSelection()
  ) throws -> ScreenJob {
    try ScreenJob(
      setting: setting ?? Fixture.setting(trace), target: target, memory: memory, horizon: horizon,
      asksAscend: asksAscend, asksResilience: asksResilience, threads: threads, selection: selection,
      policy: BalancingPolicy.init(named:),
      open: { open(trace, $0) })
  }

  /// Skewed, so that the contiguous placement has a hot rank; its popularity turns over half way.
  static let skewed = SmallTrace(layers: 2, steps: 96, tokens: 400)

  /// The first half alone, whose popularity stays.
  static let steady = SmallTrace(layers: 2, steps: 192, tokens: 400).prefix(96)
}

import LoadBalancing
import Replay
import RoutingTrace

extension PlanJob {
  /// What a planner that goes by co-activation and price is told besides the load: a recording, and the machine it is
  /// planned for.
  public struct Recording: Sendable {
    private let setting: ReplaySetting
    private let summary: RoutingSummary
    private let sources: SourceLoad?
    private let isDecode: Bool

    /// - Parameters:
    ///   - source: the steps to plan from, from the first; tokens are known to choose experts together where the trace
    ///     holds tokens.
    ///   - needs: of the planner.
    ///   - threads: that count.
    /// - Throws: `InputError` (usage) for a planner that goes by where tokens start, and a trace of counts.
    public init(
      summing source: any StepSource, on setting: ReplaySetting, for needs: PlanningNeeds = .coactivation,
      threads: Int = 1
    ) throws {
      var summary = RoutingSummary(of: setting, for: needs, threads: threads)
      let count = try needs.contains(.sources) ? SourceCount(of: setting) : nil
      var sources = count?.none
      var (steps, decodeSteps) = (0, 0)
      let counted = CountedSteps(source, as: "reading")
      while let step = try counted.next() {
        try summary.add(step)
        if let count, var load = sources {
          sources = nil
          try count.add(step, to: &load)
          sources = load
        }
        steps += 1
        if (step.phase ?? setting.header.phase) == .decode { decodeSteps += 1 }
      }
      self.setting = setting
      self.summary = summary
      self.sources = sources
      isDecode = 2 * decodeSteps > steps
    }

    /// `context` with what the recording knows; nil when no step has a token.
    func completing(_ context: PlanningContext) -> PlanningContext? {
      guard let tokens = summary.tokensPerStep else { return nil }
      var context = context
      context.coactivation = summary.coactivation
      context.sources = sources
      context.price = PlacementPrice(setting, tokensPerStep: tokens, sources: summary.sources, isDecode: isDecode)
      return context
    }
  }
}

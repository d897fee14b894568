import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

/// Whether a balancing strategy is worth switching on for a recording on a machine: which, what it gains, what it costs,
/// how sure that is and what would turn it.
///
/// Strategies are chosen on the first half of the steps and scored on the second, each half replayed as a recording of its
/// own, so that `replay --steps` gives the same numbers.
public struct ScreenJob {
  public let setting: ReplaySetting
  /// Where tokens start, as in the setting.
  public let sources: TokenSources
  public let target: ServingTarget
  /// Most bytes of replicas on a rank; nil for what the GPU has.
  public let memory: Double?
  public let baseline: BalancingPolicy
  public let rule: VerdictRule
  /// Whether vllm-ascend's rule is asked, too.
  public let asksAscend: Bool
  /// Whether it is asked, too, what redundant slots buy against failed ranks.
  public let asksResilience: Bool
  public let threads: Int
  /// The steps that are looked at.
  public let selection: StepSelection
  /// Opens the steps of a selection from the first, as often as asked.
  public let open: (StepSelection) throws -> any StepSource
  /// Gives a shipped policy by its name.
  let policy: (String) throws -> BalancingPolicy

  public init(
    setting: ReplaySetting, sources: TokenSources = TokenSources(), target: ServingTarget = .any,
    memory: Double? = nil, baseline: BalancingPolicy = .static, horizon: Double = Horizon.usual,
    asksAscend: Bool = false, asksResilience: Bool = false,
    threads: Int, selection: StepSelection = StepSelection(),
    policy: @escaping (String) throws -> BalancingPolicy, open: @escaping (StepSelection) throws -> any StepSource
  ) {
    self.setting = setting
    self.sources = sources
    self.target = target
    self.memory = memory
    self.baseline = baseline
    rule = VerdictRule(horizon: horizon)
    self.asksAscend = asksAscend
    self.asksResilience = asksResilience
    self.threads = threads
    self.selection = selection
    self.open = open
    self.policy = policy
  }

  /// - Throws: `InputError` (usage) for memory below one slot, a machine or baseline that does not fit the trace, or
  ///   `--rule ascend` without what it is for; what `open` throws.
  public func run() throws -> Screening {
    let survey = try ScreenSurvey(selection, open: open)
    // A selection without a step says itself why.
    if survey.steps == 0 { _ = try open(selection).next() }
    let kept = setting.serving.map { survey.keptTokens(context: $0.context) / Double(setting.cluster.ranks) }
    let grid = try ScreenGrid(setting, target: target, memory: memory, keptTokens: kept, policy: policy)
    var screening = try Screening(of: self, survey)
    if asksAscend {
      screening.ascend = try AscendReading(setting: setting, threads: threads, policy: policy)
        .run(steps: survey.steps) { try open(selection) }
    }
    screening.notes = grid.notes
    if asksResilience {
      let found = try SafetyReading(job: self, steps: survey.steps).run()
      screening.safety = found.rows
      screening.notes += found.notes
    }
    guard let halves = survey.selections, let interval = ScreenIntervals.start(half: survey.halves.chosen) else {
      screening.finding = .tooShort
      screening.evidence = .init(
        steps: 2 * ScreenIntervals.least,
        shortage: "half of the recording is \(survey.halves.chosen) steps, and a strategy that plans for every step "
          + "needs \(ScreenIntervals.least)")
      return screening.settled()
    }
    let search = CandidateSearch(
      grid: grid, setting: setting, baseline: baseline, threads: threads, half: survey.halves.chosen,
      open: { try open(halves.chosen) })
    let tried = try search.run(from: interval)
    try HeldBackScoring(job: self, grid: grid, halves: survey.halves, steps: halves.heldBack)
      .score(tried, in: &screening)
    return screening.settled()
  }
}

extension Screening {
  /// What is known before anything is replayed.
  init(of job: ScreenJob, _ survey: ScreenSurvey) throws {
    let setting = job.setting
    trace = setting.resultTrace(steps: survey.steps, tokens: survey.tokens)
    cluster = setting.resultCluster
    model = setting.resultModel
    target = job.target.name
    baseline = job.baseline.name
    horizon = job.rule.horizon
    memoryBudget = job.memory
    (verdict, finding, evidence) = (.notEnoughEvidence, .tooShort, .init())
    hotExperts = survey.hotExperts
    (flips, trials, strategies, notes) = ([], [], [], [])
    if let (chosen, heldBack) = survey.selections, let first = chosen.steps, let second = heldBack.steps {
      halves = Halves(
        chosenOn: "\(first.lowerBound):\(first.upperBound)", heldBack: "\(second.lowerBound):\(second.upperBound)",
        chosenSteps: survey.halves.chosen, heldBackSteps: survey.halves.heldBack)
    }
  }

  /// With the verdict that follows from what was found.
  fileprivate func settled() -> Screening {
    var copy = self
    copy.verdict = finding.verdict
    return copy
  }
}

import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

/// Scores on the half that was held back what was chosen on the other, and beside it what came next.
struct HeldBackScoring {
  /// Strategies that are scored besides the choice, at most.
  private static let others = 2

  let job: ScreenJob
  let grid: ScreenGrid
  let halves: (chosen: Int, heldBack: Int)
  /// The half that was held back.
  let steps: StepSelection

  private var setting: ReplaySetting { job.setting }
  private func open() throws -> any StepSource { try job.open(steps) }

  /// - Parameter tried: on the first half, the best first.
  func score(_ tried: [CandidateSearch.Tried], in screening: inout Screening) throws {
    screening.strategies = tried.map(Screening.Strategy.init)
    let ranked = tried.filter { $0.gain != nil }
    let scored = Self.scored(ranked)
    let replayJob = ReplayJob(
      setting: setting, baseline: job.baseline, policies: scored.map(\.candidate.policy), threads: job.threads)
    let heading = WorkProgress.begin("scoring (\(scored.count) tried)")
    defer { heading?.end() }
    let pass = try ReplayPass([replayJob], threads: job.threads, open: open).run(on: open(), keepsCourses: true)
    let (result, courses) = (pass.results[0][0], pass.courses[0][0])
    screening.notes += result.notes
    screening.ridge = Screening.Ridge(result)
    for (place, strategy) in scored.enumerated() {
      let name = strategy.candidate.policy.name
      guard let index = screening.strategies.firstIndex(where: { $0.policy == name }) else { continue }
      screening.strategies[index].heldBack = result.policies[place + 1].steady?.total
    }
    guard let best = ranked.first else {
      screening.finding = tried.contains(where: \.hasActed) ? .tooShort : .nothingActed
      screening.evidence = .init(
        shortage: tried.contains(where: \.hasActed)
          ? "no strategy served for two whole intervals" : "experts stay where they are under every strategy")
      return
    }
    var choice = Screening.Choice(best, result.policies[1], baseline: result.policies[0])
    choice.memory = Screening.Memory(
      result.policies[1].memory, model: setting.model, attentionRanks: job.sources.attentionRanks)
    choice.breakEven = breakEven(result)
    guard let series = SteadySeries(courses[1], over: courses[0]), let steady = result.policies[1].steady else {
      screening.choice = choice
      screening.finding = .tooShort
      screening.evidence = .init(shortage: "the choice did not serve for two whole intervals of the held-back half")
      return
    }
    choice.perStep = Screening.PerStep(
      steady, over: series.means.before, serving: result.policies[0].serving,
      tokens: Double(result.trace.tokens) / Double(max(1, result.trace.steps)), scale: scale)
    choice.decides = Screening.Decision(series)
    screening.choice = choice
    let judge = HeldBackJudge(series, rule: job.rule, breakEven: choice.breakEven?.seconds)
    screening.finding = judge.finding
    screening.evidence = judge.sufficiency
    try addFlips(best.candidate, series, gain: steady.total, to: &screening)
  }

  /// The choice, the best of the others with as many slots or without, and those that came next.
  private static func scored(_ ranked: [CandidateSearch.Tried]) -> [CandidateSearch.Tried] {
    guard let best = ranked.first else { return [] }
    let other = ranked.first { $0.hasRedundantSlots != best.hasRedundantSlots }
    let next = ranked.dropFirst().first { $0.candidate.base != best.candidate.base }
    var seen: Set<String> = []
    return ([best, other, next].compactMap(\.self)).filter { seen.insert($0.candidate.policy.name).inserted }
  }

  /// MoE layers of the model for each that was replayed.
  private var scale: Double { Double(setting.model.moeLayers) / Double(max(1, setting.header.layers)) }

  private func breakEven(_ result: ReplayResult) -> Screening.BreakEven? {
    let besides = result.policies[0].serving.map { $0.attentionTime + $0.denseTime } ?? 0
    return result.policies[1].breakEven.map { Screening.BreakEven($0, scale: scale, besides: besides) }
  }

  private func addFlips(
    _ candidate: ScreenCandidate, _ series: SteadySeries, gain: Double, to screening: inout Screening
  ) throws {
    let heading = WorkProgress.begin("trying what would turn it")
    defer { heading?.end() }
    let batches = BatchTrials(
      setting: setting, baseline: job.baseline, candidate: candidate, grid: grid, threads: job.threads,
      half: halves.heldBack, open: open)
    let skews = SkewTrials(
      setting: setting, sources: job.sources, baseline: job.baseline, candidate: candidate, threads: job.threads,
      open: open)
    screening.trials = try batches.run() + skews.run()
    let verdict = screening.finding.verdict
    let isFor =
      verdict == .recommend || verdict == .notEnoughEvidence && gain >= VerdictRule.leastWorthwhile
    screening.flips = FlipSearch(setting: setting, series: series, gain: gain, isFor: isFor).flips(screening.trials)
  }
}

extension Screening.Strategy {
  init(_ tried: CandidateSearch.Tried) {
    self.init(
      policy: tried.candidate.policy.name, redundantSlotsPerRank: tried.candidate.redundantSlotsPerRank ?? 0,
      movedExperts: tried.result.rebalances.movedExperts, gain: tried.gain,
      replicaBytesPerRank: tried.result.memory.replicaBytesPerRank)
  }
}

extension Screening.Choice {
  /// - Parameters:
  ///   - tried: on the first half.
  ///   - result: on the half that was held back, as is the baseline's.
  fileprivate init(_ tried: CandidateSearch.Tried, _ result: PolicyResult, baseline: PolicyResult) {
    self.init(
      policy: result.name, slotsPerRank: result.memory.slotsPerRank,
      redundantSlotsPerRank: tried.candidate.redundantSlotsPerRank ?? 0, window: tried.candidate.window,
      interval: tried.candidate.interval, promised: tried.gain ?? 0, steady: result.steady,
      improvement: result.improvement, memory: .init(replicaBytesPerRank: 0), resilience: result.resilience,
      boundBy: baseline.boundBy,
      rebalances: result.rebalances)
  }
}

extension Screening.Ridge {
  /// Nil where the experts' kernels are not known.
  fileprivate init?(_ result: ReplayResult) {
    guard let roofline = result.policies[0].roofline, let intensity = roofline.usefulIntensity else { return nil }
    let tokens = Double(result.trace.tokens) / Double(max(1, result.trace.steps))
    self.init(
      tokensPerStep: tokens, intensity: intensity, ridgePoint: roofline.ridgePoint,
      tokensAtRidge: intensity > 0 ? tokens * roofline.ridgePoint / intensity : nil)
  }
}

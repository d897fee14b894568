import Diagnostics
import LoadBalancing
import RoutingTrace

/// What a policy knows of the load: its predictor, what its planner is told besides, and how far predictions were off.
struct LoadForecast {
  /// What a plan is made from.
  struct Outlook {
    var load: ExpertLoad
    /// Steps over which it was added up.
    var span = 0.0
    /// The steps that it adds up, and where its tokens start: if the planner asks for them.
    var windows: [ExpertLoad] = []
    var sources: SourceLoad?
    /// If the planner asks for it.
    var summary: RoutingSummary?
  }

  private(set) var predictor: any LoadPredictor
  private(set) var error: DistributionError
  /// Of the steps that are over, if the planner asks for it.
  private var summary: RoutingSummary?
  /// If the planner asks for it.
  private var sources: SourceForecast?
  /// Of the interval that was looked at last.
  private var foreseen: RoutingSummary?
  private let policy: BalancingPolicy
  private let setting: ReplaySetting
  private let foresight: Foresight.View?
  private var alive: AliveRanks

  /// - Parameter foresight: needed by a policy that is not causal.
  /// - Throws: `InputError` if the trace is not what the predictor or the planner needs.
  init(_ policy: BalancingPolicy, setting: ReplaySetting, foresight: Foresight.View?) throws(InputError) {
    let header = setting.header
    self.policy = policy
    self.setting = setting
    self.foresight = foresight
    alive = AliveRanks(all: setting.cluster.ranks, ranksPerNode: setting.cluster.ranksPerNode)
    if policy.planner.needs.takeRecording {
      guard
        header.experts <= Coactivation.maximumExperts || !policy.planner.needs.contains(.coactivation)
      else {
        throw InputError(
          "counts which experts are chosen together, of at most \(Coactivation.maximumExperts)",
          in: "policy \(policy.name)", status: .usage)
      }
    }
    if policy.planner.needs.takeRecording || policy.planner.needs.contains(.costs) {
      summary = RoutingSummary(of: setting, for: policy.planner.needs)
    }
    if policy.planner.needs.contains(.sources) { sources = try SourceForecast(policy, setting: setting) }
    try policy.checkFits(layers: header.layers, experts: header.experts)
    predictor = policy.makePredictor(layers: header.layers, experts: header.experts)
    guard !(predictor is any TokenPredictor) || header.content == .tokens else {
      throw InputError(
        "predicts tokens one by one, but trace '\(header.name)' holds counts", in: "policy \(policy.name)",
        status: .usage)
    }
    error = DistributionError(layers: header.layers, experts: header.experts)
  }

  /// Of the steps that are over; nil where nobody counts them.
  var pairs: CountedPairs? { summary?.pairs }

  /// Counts pairs together with another that is shown the same steps, before the first of them.
  mutating func share(_ pairs: CountedPairs) { summary?.share(pairs) }

  /// Takes in a step that is over.
  mutating func observe(_ load: ExpertLoad, of step: RoutingStep) throws(InputError) {
    predictor.observe(load)
    if var follower = predictor as? any TokenPredictor {
      follower.observe(try tokens(of: step, for: follower))
      predictor = follower
    }
    try summary?.add(step)
    try sources?.observe(step)
    error.observe(load)
  }

  /// Forgets all that was seen.
  mutating func clear() {
    predictor = policy.makePredictor(layers: setting.header.layers, experts: setting.header.experts)
    sources?.clear()
  }

  /// Ranks have come or gone: loads stay what they are, tokens start on these.
  mutating func resume(on alive: AliveRanks) {
    self.alive = alive
    summary?.resume(on: alive)
  }

  /// Closes the books on the last prediction.
  mutating func close() { error.predict(nil) }

  /// Lets a predictor that knows the future see the interval of the schedule that begins when `over` steps are over; to
  /// be called wherever a plan is due, whether one is made or not.
  mutating func lookAhead(from over: Int) throws {
    guard var seer = predictor as? any ForesightPredictor, let foresight else { return }
    let coming = try foresight.interval(from: over)
    seer.foresee(coming.load)
    predictor = seer
    foreseen = coming.summary
  }

  /// What to plan from when `next` comes; nil while nothing is known.
  mutating func outlook(before next: RoutingStep) throws -> Outlook? {
    let known = summary.flatMap { summary in foreseen.map { alive.isWhole ? $0 : $0.starting(as: summary) } ?? summary }
    if var follower = predictor as? any TokenPredictor {
      follower.expect(try tokens(of: next, for: follower))
      predictor = follower
    }
    let predicted = predictor.predict()
    guard policy.planner.needs.contains(.load) else {
      let noLoad = ExpertLoad(zeroFor: setting.header.layers, experts: setting.header.experts)
      return Outlook(load: predicted ?? noLoad, summary: known)
    }
    error.predict(predicted)
    let windows = policy.planner.needs.contains(.windows) ? predictor.windows : []
    return predicted.map {
      Outlook(
        load: $0, span: predictor.span, windows: windows, sources: sources?.predict().map(alive.folded), summary: known)
    }
  }

  private func tokens(
    of step: RoutingStep, for predictor: any TokenPredictor
  ) throws(InputError) -> RoutedTokens {
    guard !predictor.needsTokenIDs || step.tokenIDs != nil else {
      throw InputError(
        "predicts from token ids, but trace '\(setting.header.name)' has none", in: "policy \(policy.name)",
        at: .init(step: step.number), status: .usage)
    }
    guard !step.hasDropped else {
      throw InputError(
        "predicts all of a token's experts, but visits of trace '\(setting.header.name)' were dropped",
        in: "policy \(policy.name)", at: .init(step: step.number), status: .usage)
    }
    return RoutedTokens(
      layers: setting.header.layers, topK: setting.topK, experts: step.experts, tokenIDs: step.tokenIDs)
  }
}

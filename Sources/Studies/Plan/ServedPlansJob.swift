import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

/// Replays plans as a serving system serves them, each in force from the first step: the replay engine's own figures, so
/// that the exported file, replayed under the target's rule, gives them to the last digit.
struct ServedPlansJob {
  let target: ServingTarget
  let demand: RecordedLoad
  let ranks: Int
  let ranksPerNode: Int
  let sources: TokenSources
  /// Opens the recording's steps; nil where there is a load alone.
  let open: (() throws -> any StepSource)?
  let threads: Int

  /// - Parameters:
  ///   - plans: by name, of the load's layers.
  ///   - starts: `[plans]` what is in force before, from which experts move.
  func run(_ plans: [(name: String, placement: Placement)], from starts: [Placement]) throws -> ServedPlans {
    let source = try open?() ?? LoadStep(demand.load)
    let (rule, dispatch) = target.replicaRule(knowsTokens: source.header.content == .tokens)
    let unknown = "the order of a token's experts, which loads do not have: taken to be even."
    let notes = rule == target.replicaRule ? [] : ["\(target.replicaRule) goes by \(unknown)"]
    let policies = try plans.map { name, placement in
      try BalancingPolicy(
        name: name,
        planner: FixedPlanner(
          WrittenPlan(
            rows: .inOrder, physicalToLogical: placement.layers.map(\.physicalToLogical),
            shares: placement.layers.map(\.shares), ranks: ranks, name: name)),
        schedule: RebalanceSchedule(.initial), dispatch: dispatch)
    }
    let job = ReplayJob(
      setting: try setting(source.header), baseline: policies[0], policies: Array(policies.dropFirst()),
      threads: threads)
    let result = try job.run(on: source).result
    return ServedPlans(
      target: target.name, replicaRule: rule, steps: open == nil ? nil : result.trace.steps,
      plans: zip(plans, zip(starts, result.policies)).map { plan, found in
        served(plan.name, plan.placement, from: found.0, as: found.1)
      }, notes: notes)
  }

  private func served(
    _ name: String, _ plan: Placement, from start: Placement, as result: PolicyResult
  ) -> ServedPlans.Plan {
    let moved = ExpertTransfers(from: start, to: plan, ranksPerNode: ranksPerNode).countPerLayer
    let balance = result.perLayer?.map(\.balancedness) ?? []
    let layers = demand.layerNumbers.enumerated().map { index, number in
      ServedPlans.Layer(layer: number, balancedness: balance[index], movedExperts: moved[index])
    }
    return ServedPlans.Plan(
      name: name, slots: plan.slotsPerRank * ranks, balancedness: result.balancedness.rank, perLayer: layers,
      resilience: Resilience(of: plan))
  }

  /// Ranks and nodes alone: what they send and compute costs nothing here, and balance does not ask.
  private func setting(_ header: TraceHeader) throws(InputError) -> ReplaySetting {
    let link = Link(dispatchBandwidth: 1, combineBandwidth: 1, dispatchLatency: 0, combineLatency: 0)
    let cluster = Cluster(
      name: "ranks", ranks: ranks, ranksPerNode: ranksPerNode, allToAll: "none", scaleUp: link, scaleOut: link)
    let layers = (header.layerNumbers.last ?? 0) + 1
    let model = ModelShape(
      name: "experts", layers: layers, moeLayers: header.layers, experts: header.experts, topK: header.topK ?? 1,
      hidden: 1, expertIntermediate: 1, weights: .bf16, payload: Payload(dispatchBytes: 0, combineBytes: nil))
    return try ReplaySetting(header: header, cluster: cluster, model: model, sources: sources)
  }
}

/// A load as one step of counts.
private final class LoadStep: StepSource {
  let header: TraceHeader
  private var step: RoutingStep?

  /// Loads that are no whole numbers are scaled, as `convert` scales them.
  init(_ load: ExpertLoad) throws(InputError) {
    header = TraceHeader(
      name: "load", content: .counts, layerNumbers: Array(0..<load.layers), experts: load.experts, topK: 1)
    let counts = try LoadMatrix(rows: (0..<load.layers).map { Array(load[$0]) }).scaled.counts
    step = RoutingStep(number: 0, tokens: 1, counts: counts)
    step?.tokens = RoutingStep.tokens(ofCounts: counts, header: header)
  }

  func next() -> RoutingStep? {
    defer { step = nil }
    return step
  }
}

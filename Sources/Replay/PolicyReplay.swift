import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import RoutingTrace
import Synchronization

/// One policy on its way through the trace: its placement in force, what its predictor has seen, and its results.
///
/// A batch is cut into segments at the steps where the schedule may change the placement. Within a segment layers are
/// independent and are replayed by whichever threads are free; their outcomes are then added up in the order of steps
/// and layers. All other state is touched by one piece of work at a time.
package final class PolicyReplay: @unchecked Sendable {
  let policy: BalancingPolicy
  let setting: ReplaySetting
  package private(set) var totals: PolicyTotals
  private(set) var placement: Placement
  private(set) var hasRebalanced = false
  private(set) var plannerSeconds = 0.0
  let shape: PlacementShape
  /// `[layers]` slots of each layer: by its latest plan, before the first what the policy gives every layer.
  private(set) var slots: [Int]
  private let migration: Migration?
  private let pricing: TrafficPricing
  private let foresight: Foresight?
  private(set) var predictor: any LoadPredictor
  /// Of the steps that are over, if the planner asks for it.
  private var summary: RoutingSummary?
  private(set) var distributionError: DistributionError
  private(set) var skippedRebalances = 0
  /// Weights that the rank with the most of them receives before one change of placement, experts.
  private(set) var largestArrival = 0.0
  /// A plan under way, and the first layer that it has not reached.
  private var unfinishedPlan: (plan: Placement, nextLayer: Int)?
  let rankLoads: RankLoads
  private var scratch = ScratchPool<LayerReplay>()

  /// - Parameter foresight: needed by a policy that is not causal.
  package init(_ policy: BalancingPolicy, setting: ReplaySetting, foresight: Foresight?) throws {
    let header = setting.header
    let cluster = setting.cluster
    self.policy = policy
    self.setting = setting
    self.foresight = foresight
    shape = PlacementShape(
      layers: header.layers, experts: header.experts, ranks: cluster.ranks, nodes: cluster.nodes,
      groups: header.groups ?? setting.model.groups,
      slots: try policy.slots(experts: header.experts, ranks: cluster.ranks), layerNumbers: header.layerNumbers)
    slots = Array(repeating: shape.slots, count: shape.layers)
    if policy.planner is any CoactivationPlanner {
      guard header.experts <= Coactivation.maximumExperts else {
        throw InputError(
          "counts which experts are chosen together, of at most \(Coactivation.maximumExperts)",
          in: "policy \(policy.name)", status: .usage)
      }
      summary = RoutingSummary(of: setting)
    }
    try Self.checkMemory(policy, shape: shape, setting: setting)
    try policy.checkFits(layers: header.layers, experts: header.experts)
    predictor = policy.makePredictor(layers: header.layers, experts: header.experts)
    guard !(predictor is any TokenPredictor) || header.content == .tokens else {
      throw InputError(
        "predicts tokens one by one, but trace '\(header.name)' holds counts", in: "policy \(policy.name)",
        status: .usage)
    }
    placement = Self.staticPlacement(for: shape)
    distributionError = DistributionError(layers: header.layers, experts: header.experts)
    totals = PolicyTotals()
    rankLoads = RankLoads(layers: header.layers, ranks: cluster.ranks)
    pricing = TrafficPricing(setting: setting)
    migration = policy.schedule.kind == .never ? nil : try Migration(cluster: cluster)
  }

  /// The placement before the first rebalance: the baseline's, unless experts do not fill the ranks evenly.
  private static func staticPlacement(for shape: PlacementShape) -> Placement {
    var shape = shape
    if shape.experts % shape.ranks == 0 { shape.slots = shape.experts }
    return .contiguous(shape)
  }

  /// - Throws: `InputError` (usage) if redundant slots take more than a GPU's memory.
  private static func checkMemory(
    _ policy: BalancingPolicy, shape: PlacementShape, setting: ReplaySetting
  ) throws(InputError) {
    guard let memory = setting.cluster.gpu?.memory, shape.slots > shape.experts else { return }
    let needed = Double(shape.slotsPerRank * shape.layers) * setting.model.expertBytes
    guard needed > memory else { return }
    func gigabytes(_ bytes: Double) -> String { String(format: "%.1f GB", bytes / 1e9) }
    let message =
      "\(shape.slotsPerRank) slots on a rank in \(shape.layers) layers take \(gigabytes(needed)) of experts, "
      + "but a GPU of \(setting.cluster.name) has \(gigabytes(memory))"
    throw InputError(message, in: "policy \(policy.name)", status: .usage)
  }

  /// Adds the work on `batch` to `queue`, segment after segment.
  package func begin(_ batch: StepBatch, on queue: WorkQueue, threads: Int) {
    queue.add([{ @Sendable in try self.beginSegment(at: 0, of: batch, on: queue, threads: threads) }])
  }

  /// Closes the books after the last step.
  func finish() {
    distributionError.predict(nil)
    totals.exposePendingMigration()
  }

  private func beginSegment(at start: Int, of batch: StepBatch, on queue: WorkQueue, threads: Int) throws {
    if policy.schedule.isDue(afterStep: batch.first + start) {
      try rebalance(afterStep: batch.first + start, before: batch.steps[start].routing)
    }
    advancePlan(afterStep: batch.first + start)
    let nextDue = policy.schedule.nextDue(afterStep: batch.first + start) ?? .max
    let end = unfinishedPlan == nil ? min(batch.steps.count, nextDue - batch.first) : start + 1
    let segment = Segment(steps: start..<end, layers: setting.header.layers, experts: setting.header.experts)
    let blocks = layerBlocks(for: batch.steps[start..<end], threads: threads)
    let unfinished = Counter(blocks.count)
    queue.add(
      blocks.map { layers in
        { @Sendable in
          try self.replay(layers, of: batch, into: segment)
          if unfinished.decrement() == 0 {
            try self.settle(segment, of: batch)
            if end < batch.steps.count { try self.beginSegment(at: end, of: batch, on: queue, threads: threads) }
          }
        }
      })
  }

  /// Ranges of layers with work for at least some tens of microseconds each.
  private func layerBlocks(for steps: ArraySlice<StepBatch.Step>, threads: Int) -> [Range<Int>] {
    let layers = setting.header.layers
    let visits = steps.reduce(0) { $0 + max($1.routing.experts.count, $1.routing.counts.count * 64) }
    let count = max(1, min(layers, threads * 4, visits / 32_768))
    return (0..<count).map { $0 * layers / count..<($0 + 1) * layers / count }
  }

  private func replay(_ layers: Range<Int>, of batch: StepBatch, into segment: Segment) throws {
    try scratch.with(makeWorker) { worker in
      for layer in layers {
        let layerPlacement = placement.layers[layer]
        for step in segment.steps {
          let outcome = try worker.replay(
            batch.steps[step], number: batch.first + step, layer: layer, placement: layerPlacement,
            boundSlots: slots[layer])
          segment.set(outcome, step: step, layer: layer)
          rankLoads.add(worker.rankTokens, layer: layer)
          segment.setLoad(worker.expertTokens(placement: layerPlacement), step: step, layer: layer)
        }
      }
    }
  }

  private func makeWorker() -> LayerReplay {
    LayerReplay(setting: setting, dispatch: policy.makeDispatch(), pricing: pricing)
  }

  /// Adds up a segment's outcomes and lets the predictor see its loads.
  private func settle(_ segment: Segment, of batch: StepBatch) throws {
    let prediction = policy.predictionMicroseconds * Double(shape.layers)
    for step in segment.steps {
      totals.add(segment.outcomes(ofStep: step), overlap: setting.cluster.overlap, prediction: prediction)
      let load = segment.load(ofStep: step)
      predictor.observe(load)
      if var follower = predictor as? any TokenPredictor {
        follower.observe(try routedTokens(of: batch.steps[step].routing, for: follower))
        predictor = follower
      }
      summary?.add(batch.steps[step].routing)
      distributionError.observe(load)
    }
  }

  private func rebalance(afterStep step: Int, before next: RoutingStep) throws {
    var known = summary
    if var seer = predictor as? any ForesightPredictor, let foresight {
      if summary != nil { known = RoutingSummary(of: setting) }
      seer.foresee(
        try foresight.load(from: step, to: policy.schedule.nextDue(afterStep: step), summary: &known))
      predictor = seer
    }
    if var follower = predictor as? any TokenPredictor {
      follower.expect(try routedTokens(of: next, for: follower))
      predictor = follower
    }
    let noLoad = ExpertLoad(zeroFor: shape.layers, experts: shape.experts)
    let predicted = predictor.predict()
    if policy.planner.needsLoad { distributionError.predict(predicted) }
    guard let load = predicted ?? (policy.planner.needsLoad ? nil : noLoad) else { return }
    guard policy.schedule.isWanted(for: load, current: placement) else { return }
    let clock = ContinuousClock()
    let start = clock.now
    let plan = try makePlan(for: load, knowing: known, isDecode: (next.phase ?? setting.header.phase) == .decode)
    plannerSeconds += (clock.now - start) / .seconds(1)
    guard policy.schedule.isWorthMoving(to: plan, from: placement, load: load) else {
      skippedRebalances += 1
      return
    }
    hasRebalanced = true
    if step > 0 { totals.beginRebalance() }
    unfinishedPlan = (plan, 0)
  }

  private func routedTokens(
    of step: RoutingStep, for predictor: any TokenPredictor
  ) throws(InputError) -> RoutedTokens {
    guard !predictor.needsTokenIDs || step.tokenIDs != nil else {
      throw InputError(
        "predicts from token ids, but trace '\(setting.header.name)' has none", in: "policy \(policy.name)",
        at: .init(step: step.number), status: .usage)
    }
    return RoutedTokens(
      layers: shape.layers, topK: setting.topK, experts: step.experts, tokenIDs: step.tokenIDs)
  }

  private func makePlan(for load: ExpertLoad, knowing summary: RoutingSummary?, isDecode: Bool) throws -> Placement {
    if let summary, let tokens = summary.tokensPerStep, let planner = policy.planner as? any CoactivationPlanner {
      let price = PlacementPrice(
        setting, tokensPerStep: tokens, sources: summary.sources, isDecode: isDecode)
      return try planner.plan(
        load, coactivation: summary.coactivation, price: price, shape: shape, current: placement)
    }
    return try policy.planner.plan(load, shape: shape, current: placement)
  }

  /// Puts the next layers of a plan in force: all of them, or as many as the schedule changes in one step.
  private func advancePlan(afterStep step: Int) {
    guard let (plan, first) = unfinishedPlan else { return }
    let isDeployed = step == 0
    let count = isDeployed ? shape.layers : policy.schedule.layersPerStep ?? shape.layers
    let layers = first..<min(shape.layers, first + count)
    if !isDeployed { move(layers, to: plan) }
    for layer in layers {
      placement.layers[layer] = plan.layers[layer]
      slots[layer] = plan.layers[layer].slots
    }
    unfinishedPlan = layers.upperBound < shape.layers ? (plan, layers.upperBound) : nil
  }

  /// Pays for fetching the experts that ranks did not hold; a plan in force from the start is deployed with the model.
  private func move(_ layers: Range<Int>, to plan: Placement) {
    let transfers = ExpertTransfers(
      from: Placement(ranks: shape.ranks, layers: Array(placement.layers[layers])),
      to: Placement(ranks: shape.ranks, layers: Array(plan.layers[layers])),
      ranksPerNode: setting.cluster.ranksPerNode)
    let expertBytes = setting.model.expertBytes
    for rank in 0..<shape.ranks {
      let arriving = stride(from: rank, to: transfers.experts.count, by: shape.ranks)
      largestArrival = max(largestArrival, arriving.reduce(0) { $0 + transfers.experts[$1] })
    }
    totals.move(
      transfers.count, bytes: Double(transfers.count) * expertBytes,
      time: migration?.time(bytes: transfers.experts.map { $0 * expertBytes }) ?? 0,
      migration: policy.schedule.migration)
  }

  /// Slots of the placement in force, over all layers, whose rank holds their expert already.
  var wastedSlots: Int {
    placement.layers.reduce(0) { sum, layer in
      sum
        + (0..<layer.ranks).reduce(0) { sum, rank in
          let held = layer.physicalToLogical[rank * layer.slotsPerRank..<(rank + 1) * layer.slotsPerRank]
          return sum + held.count - Set(held).count
        }
    }
  }
}

/// A number that several threads count down.
private final class Counter: Sendable {
  private let value: Atomic<Int>

  init(_ value: Int) { self.value = Atomic(value) }

  /// The number after taking one off.
  func decrement() -> Int { value.subtract(1, ordering: .acquiringAndReleasing).newValue }
}

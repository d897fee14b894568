import LoadBalancing
import PerformanceModel

/// What charts show of a policy, gathered while it is replayed; its size does not grow with the trace.
struct DetailTotals {
  let rows: RankRows
  /// In force before the first step.
  let placementBefore: Placement
  /// `[machines]`.
  private(set) var bins: [StepBins]
  private(set) var shown = ShownSteps()
  /// `[layers][experts]` visits, and how they drift; kept for one policy, as they are the trace's.
  private(set) var popularity: ExpertLoad
  private(set) var drift: LoadDrift?
  /// `[ranks]` sums over loaded layers of the ranks' loads over the mean, from the most loaded on.
  private var sortedLoads: [Double]
  private var loadedLayers = 0
  /// Of the step that comes next.
  private var plans = 0
  private var arrivals = 0
  /// `[machines]` plans begun up to the last step.
  private var plansBegun = 0

  init(of replay: PolicyReplay, isFirst: Bool) {
    let cluster = replay.setting.cluster
    rows = RankRows(ranks: cluster.ranks, ranksPerNode: cluster.ranksPerNode)
    placementBefore = replay.rollout.placement
    bins = replay.machines.map { _ in StepBins() }
    popularity = ExpertLoad(zeroFor: replay.shape.layers, experts: replay.shape.experts)
    drift = isFirst ? LoadDrift() : nil
    sortedLoads = Array(repeating: 0, count: cluster.ranks)
  }

  /// Before a step, after its plans.
  ///
  /// - Parameters:
  ///   - plansBegun: so far.
  ///   - wasUnderway: whether a plan was on its way before.
  ///   - isUnderway: whether one is now.
  mutating func prepare(plansBegun: Int, wasUnderway: Bool, isUnderway: Bool) {
    let new = plansBegun - self.plansBegun
    self.plansBegun = plansBegun
    plans += new
    if (wasUnderway || new > 0) && !isUnderway { arrivals += 1 }
  }

  /// - Parameters:
  ///   - outcomes: `[layers]` of the step.
  ///   - totals: which have the step as their last.
  mutating func add(_ outcomes: [LayerOutcome], lastOf totals: PolicyTotals, prediction: Double, machine: Int) {
    var step = StepBins.Bin()
    step.steps = 1
    for layer in outcomes {
      step.dispatch += layer.time.dispatch
      step.experts += layer.time.experts
      step.combine += layer.time.combine
      guard layer.rank.mean > 0 else { continue }
      let hottest = layer.rank.maximum / layer.rank.mean
      step.loadedLayers += 1
      step.hottest += hottest
      step.hottestMost = max(step.hottestMost, hottest)
    }
    step.migration = totals.time.stallPerStep.last ?? 0
    step.prediction = prediction
    step.total = totals.time.lastServed
    step.longest = step.total
    step.plans = plans
    step.arrivals = arrivals
    bins[machine].add(step)
  }

  /// What does not depend on the machine, after `add` for each.
  ///
  /// - Parameter rankTokens: `[layers][ranks]`.
  mutating func add(rankTokens: [Double], load: ExpertLoad) {
    plans = 0
    arrivals = 0
    shown.add { rows.sums(of: rankTokens) }
    if drift != nil {
      popularity += load
      drift?.add(load)
    }
    for start in stride(from: 0, to: rankTokens.count, by: rows.ranks) {
      let layer = rankTokens[start..<start + rows.ranks]
      let mean = layer.reduce(0, +) / Double(rows.ranks)
      guard mean > 0 else { continue }
      loadedLayers += 1
      for (place, tokens) in layer.sorted(by: >).enumerated() { sortedLoads[place] += tokens / mean }
    }
  }

  /// See `PolicyResult.Details.sortedRankLoads`.
  var sortedRankLoads: [Double] { sortedLoads.map { $0 / Double(max(1, loadedLayers)) } }

  /// `[layers]` most loaded row over the mean, mean over the steps shown; 1 without load.
  var unevenness: [Double] {
    let layers = popularity.layers
    return (0..<layers).map { layer in
      let ratios = shown.tokens.compactMap { step -> Double? in
        let row = step[layer * rows.count..<(layer + 1) * rows.count]
        let sum = row.reduce(0) { $0 + Double($1) }
        return sum > 0 ? Double(row.max() ?? 0) * Double(rows.count) / sum : nil
      }
      return ratios.isEmpty ? 1 : ratios.reduce(0, +) / Double(ratios.count)
    }
  }
}

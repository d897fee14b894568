import PerformanceModel

extension ReplayedJob {
  /// Gathers from now on what details tell.
  func keepDetails() {
    for (policy, views) in views.enumerated() {
      for view in views where view.machine == 0 { view.replay.keepDetails(isFirst: policy == 0) }
    }
  }

  /// Adds what was gathered to the results, `[settings]`.
  func addDetails(_ request: DetailRequest, to results: inout [ReplayResult]) {
    for index in results.indices {
      guard let baseline = views[0][index].replay.details else { continue }
      let numbers = job.settings[index].header.layerNumbers
      // Slots of ranks that come and go have no picture.
      let layers =
        job.settings[index].cluster.changes.isEmpty
        ? request.chosen(
          of: numbers, unevenness: baseline.unevenness,
          cells: views.count * baseline.shown.steps.count * baseline.rows.count) : []
      results[index].details = ReplayDetails(baseline, layers: layers, numbers: numbers, request.provenance)
      for policy in results[index].policies.indices {
        let view = views[policy][index]
        results[index].policies[policy].details = PolicyResult.Details(
          view.replay, machine: view.machine, layers: layers, numbers: numbers)
      }
    }
  }
}

extension ReplayDetails {
  /// - Parameters:
  ///   - totals: of the baseline.
  ///   - layers: indices in the trace.
  ///   - numbers: of the trace's layers in the model.
  fileprivate init(_ totals: DetailTotals, layers: [Int], numbers: [Int], _ provenance: Provenance?) {
    let popularity = totals.popularity
    self.init(
      stepsPerBin: totals.bins[0].stepsPerBin, stepsShown: totals.shown.steps, ranksPerRow: totals.rows.ranksPerRow,
      layers: layers.map { numbers[$0] },
      popularity: (0..<popularity.layers).map { popularity[$0].map { Int($0.rounded()) } },
      drift: totals.drift?.result ?? [], provenance: provenance)
  }
}

extension PolicyResult.Details {
  /// Steps told one by one; of more, as many evenly spaced ranks.
  private static let mostTotals = 257

  /// Nil where nothing was gathered, or no step was replayed.
  fileprivate init?(_ replay: PolicyReplay, machine: Int, layers: [Int], numbers: [Int]) {
    let times = replay.totals[machine].time.servedPerStep
    guard let totals = replay.details, let stepTotal = PolicyResult.StepTime(of: times) else { return nil }
    let setting = replay.machines[machine].setting
    let rows = totals.rows
    self.init(
      steps: Steps(totals.bins[machine].bins), stepTotal: stepTotal, stepTotals: Self.ranks(of: times.sorted()),
      sortedRankLoads: totals.sortedRankLoads,
      layers: layers.map { layer in
        LayerLoad(
          layer: numbers[layer],
          tokens: totals.shown.tokens.map { $0[layer * rows.count..<(layer + 1) * rows.count].map(Int.init) },
          placementBefore: totals.placementBefore.layers[layer].physicalToLogical,
          placementAfter: replay.rollout.placement.layers[layer].physicalToLogical)
      },
      dispatchBytes: rows.matrixSums(of: replay.sentTraffic.dispatchBytes(on: setting)),
      flopsPerSecondLimit: setting.compute.map { $0.flopRate * 1e6 })
  }

  private static func ranks(of sorted: [Double]) -> [Double] {
    guard sorted.count > mostTotals else { return sorted }
    return (0..<mostTotals).map { sorted[$0 * (sorted.count - 1) / (mostTotals - 1)] }
  }
}

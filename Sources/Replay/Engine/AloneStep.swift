import LoadBalancing

/// One step under one policy on one machine, as if the replay had no other.
struct AloneStep {
  let step: StepBatch.Step
  let setting: ReplaySetting
  let policy: BalancingPolicy
  let memory: PolicyResult.Memory
  let fetches: FetchPrice?

  /// - Parameter baseline: the same step under the baseline; nil for the baseline itself.
  func result(of entry: StepRecords.Entry, over baseline: StepRecords.Entry?) -> StepResult {
    var result = result(entry.step, over: baseline?.step, layerNumbers: setting.header.layerNumbers)
    result.policy.time.migration = policy.schedule.keepsPlacement ? nil : entry.step.time.migration
    result.policy.rebalances.skipped = entry.skipped
    return result
  }

  /// - Parameter layer: index of the layer in the trace.
  func result(_ layer: Int, of entry: StepRecords.Entry, over baseline: StepRecords.Entry?) -> StepResult {
    let number = setting.header.layerNumbers[layer]
    var result = result(entry.layers[layer], over: baseline?.layers[layer], layerNumbers: [number])
    result.layer = number
    result.policy.serving = nil
    return result
  }

  private func result(_ totals: PolicyTotals, over baseline: PolicyTotals?, layerNumbers: [Int]) -> StepResult {
    StepResult(
      cluster: .init(setting), step: step.routing.number, phase: step.routing.phase ?? setting.header.phase,
      tokens: totals.traffic.layerTokens / Double(layerNumbers.count), layer: nil,
      policy: PolicyResult(
        counting: totals, under: policy, on: setting, layerNumbers: layerNumbers, baseline: baseline, memory: memory,
        fetches: fetches))
  }
}

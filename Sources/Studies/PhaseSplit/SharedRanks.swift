import PerformanceModel

/// Both phases on the same groups of ranks, which read prompts as they come and write tokens meanwhile.
///
/// Between two steps of decode all prompts that have come are read, one after another. For the prompts steps of decode
/// are the server's vacations, so that they wait half a step of it besides what M/D/1 has them wait; for the tokens
/// prompts take their part R · D of the time, so that a step of decode takes 1 / (1 − R · D) times as long.
package struct SharedRanks {
  let pair: PhasePair
  let targets: PhaseSplit.Targets

  package init(pair: PhasePair, targets: PhaseSplit.Targets) {
    self.pair = pair
    self.targets = targets
  }

  /// Microseconds to the first token where no prompt is before it: half a step of decode, and its own prefill.
  var firstToken: Double { pair.decode.stepTime / 2 + pair.prefillTime }

  /// As many requests as the targets allow, on as many groups as there is room for; nil where no rate keeps them, or
  /// the GPUs are too few.
  package func best(gpus: Int) -> PhaseSplit.Layout? {
    let replicas = gpus / pair.decode.ranks
    let slack = targets.slack(after: firstToken)
    guard replicas >= 1, slack > 0, targets.allows(tpot: pair.decode.stepTime) else { return nil }
    let queue = pair.queue
    var most: (rate: Double, limit: PhaseSplit.Limit) = (1 / (queue.service + 1 / pair.decodeRate), .both)
    if targets.ttft != nil, queue.rate(wait: slack) < most.rate { most = (queue.rate(wait: slack), .ttft) }
    if let tpot = targets.tpot {
      let rate = (1 - pair.decode.stepTime / tpot) / queue.service
      if rate < most.rate { most = (rate, .tpot) }
    }
    let demand = pair.demand(rate: most.rate)
    let used = replicas * pair.decode.ranks
    return queue.wait(rate: most.rate).map { wait in
      PhaseSplit.Layout(
        prefill: pair.prefill.result(replicas: replicas, busy: demand.prefill),
        decode: pair.decode.result(replicas: replicas, busy: demand.decode), gpus: used, ttft: wait + firstToken,
        tpot: pair.decode.stepTime / (1 - demand.prefill), requestsPerSecond: Double(replicas) * most.rate * 1e6,
        goodputPerGPU: most.rate * 1e6 / Double(pair.decode.ranks), limitedBy: most.limit)
    }
  }
}

import PerformanceModel

/// Prefill on some groups of ranks, decode on others.
///
/// Prompts are spread over the groups of prefill, each with a queue of its own. The first token leaves once all keys
/// and values have arrived; each group sends and receives them by all of its ranks, a prompt by one of them.
package struct ApartPhases {
  let pair: PhasePair
  let kv: KVTransfer
  /// Bytes per microsecond that a rank sends, or receives.
  let bandwidth: Double
  let targets: PhaseSplit.Targets

  package init(pair: PhasePair, kv: KVTransfer, bandwidth: Double, targets: PhaseSplit.Targets) {
    self.pair = pair
    self.kv = kv
    self.bandwidth = bandwidth
    self.targets = targets
  }

  var kvTime: Double { kv.time(bandwidth: bandwidth) }
  var exposed: Double { kv.exposed(time: kvTime, prefill: pair.prefillTime) }
  /// Microseconds to the first token of a prompt that does not wait.
  package var firstToken: Double { pair.prefillTime + exposed }

  private typealias Most = (rate: Double, limit: PhaseSplit.Limit)

  /// Requests per microsecond of a group of prefill.
  private var prefillMost: Most {
    let slack = targets.slack(after: firstToken)
    let read: Most = (pair.queue.rate(wait: slack), slack.isFinite ? .ttft : .prefill)
    return smaller(read, (Double(pair.prefill.ranks) / kvTime, .kv))
  }

  /// Requests per microsecond of a group of decode.
  private var decodeMost: Most {
    smaller((pair.decodeRate, .decode), (Double(pair.decode.ranks) / kvTime, .kv))
  }

  private func smaller(_ first: Most, _ second: Most) -> Most { first.rate <= second.rate ? first : second }

  /// The numbers of groups that serve most requests, the fewest GPUs of those; nil where the targets cannot be kept, or
  /// the GPUs are too few.
  package func best(gpus: Int) -> PhaseSplit.Layout? {
    guard targets.slack(after: firstToken) > 0, targets.allows(tpot: pair.decode.stepTime) else { return nil }
    let (reading, writing) = (prefillMost, decodeMost)
    var best: PhaseSplit.Layout?
    for readers in 1...max(1, gpus / pair.prefill.ranks) {
      let room = (gpus - readers * pair.prefill.ranks) / pair.decode.ranks
      guard room >= 1 else { break }
      let read = Double(readers) * reading.rate
      // More groups of decode than these prompts keep busy would serve no more.
      let writers = Int(min(max(1, (read / writing.rate).rounded(.up)), Double(room)))
      let written = Double(writers) * writing.rate
      let layout = layout(
        readers, writers, rate: min(read, written), limit: read <= written ? reading.limit : writing.limit)
      if best.map({ layout.isMore(than: $0) }) ?? true { best = layout }
    }
    return best
  }

  private func layout(_ readers: Int, _ writers: Int, rate: Double, limit: PhaseSplit.Limit) -> PhaseSplit.Layout {
    let demand = pair.demand(rate: rate)
    let gpus = readers * pair.prefill.ranks + writers * pair.decode.ranks
    let busy = demand.prefill / Double(readers)
    let wait = busy < 1 - 1e-9 ? pair.queue.wait(rate: rate / Double(readers)) : nil
    return PhaseSplit.Layout(
      prefill: pair.prefill.result(replicas: readers, busy: busy),
      decode: pair.decode.result(replicas: writers, busy: demand.decode / Double(writers)),
      kv: PhaseSplit.KV(bytes: kv.bytes, time: kvTime, exposed: exposed), gpus: gpus,
      ttft: wait.map { $0 + firstToken }, tpot: pair.decode.stepTime, requestsPerSecond: rate * 1e6,
      goodputPerGPU: rate * 1e6 / Double(gpus), limitedBy: limit)
  }
}

extension PhaseSplit.Layout {
  /// Whether it serves more requests, or as many on fewer GPUs.
  fileprivate func isMore(than other: Self) -> Bool {
    requestsPerSecond > other.requestsPerSecond || requestsPerSecond == other.requestsPerSecond && gpus < other.gpus
  }
}

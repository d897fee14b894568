import PerformanceModel

/// Prefill on some groups of ranks, decode on others.
///
/// Prompts are spread over the groups of prefill, each with a queue of its own. The first token leaves once all keys and
/// values have arrived; each group sends and receives them by all of its ranks, a prompt by one of them.
struct ApartPhases {
  let pair: PhasePair
  let kv: KVTransfer
  /// Bytes per microsecond that a rank sends, or receives.
  let bandwidth: Double
  let targets: PhaseSplit.Targets

  var kvTime: Double { kv.time(bandwidth: bandwidth) }
  var exposed: Double { kv.exposed(time: kvTime, prefill: pair.prefillTime) }
  /// Microseconds to the first token of a prompt that does not wait.
  var firstToken: Double { pair.prefillTime + exposed }

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

  /// The numbers of groups with most requests a GPU, of those the ones with most requests; nil where the targets cannot be
  /// kept, or the GPUs are too few.
  func best(gpus: Int) -> PhaseSplit.Layout? {
    guard targets.slack(after: firstToken) > 0, targets.allows(tpot: pair.decode.stepTime) else { return nil }
    let (reading, writing) = (prefillMost, decodeMost)
    let (prefillRanks, decodeRanks) = (pair.prefill.ranks, pair.decode.ranks)
    var best: PhaseSplit.Layout?
    for readers in 1..<max(2, gpus / prefillRanks + 1) {
      let room = (gpus - readers * prefillRanks) / decodeRanks
      guard room >= 1 else { break }
      let (most, each) = (Double(readers) * reading.rate, writing.rate)
      // Up to what the prompts keep busy every group of decode adds requests, beyond it none does.
      let even = [(most / each).rounded(.down), (most / each).rounded(.up)]
      for writers in Set(even.map { Int(min(max(1, $0), Double(room))) }).sorted() {
        let written = Double(writers) * each
        let layout = layout(
          readers, writers, rate: min(most, written), limit: most <= written ? reading.limit : writing.limit)
        if best.map({ layout.isMore(than: $0) }) ?? true { best = layout }
      }
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
  /// Whether it serves more requests a GPU, or as many a GPU and more in all.
  fileprivate func isMore(than other: Self) -> Bool {
    let ratio = goodputPerGPU / other.goodputPerGPU
    // Numbers of groups in one proportion differ by rounding alone.
    return ratio > 1 + 1e-9 || ratio > 1 - 1e-9 && requestsPerSecond > other.requestsPerSecond
  }
}

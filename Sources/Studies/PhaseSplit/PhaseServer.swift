import PerformanceModel

/// A group of ranks that serves a phase, as a replay found it.
package struct PhaseServer: Equatable, Sendable {
  package var ranks: Int
  package var policy: String
  /// Steps of the recording that make one.
  package var batchSize: Int
  /// Tokens of a step, on average.
  package var stepTokens: Double
  /// Microseconds, on average.
  package var stepTime: Double
  /// Of the replay.
  package var notes: [String]

  package init(
    ranks: Int, policy: String, batchSize: Int, stepTokens: Double, stepTime: Double, notes: [String] = []
  ) {
    self.ranks = ranks
    self.policy = policy
    self.batchSize = batchSize
    self.stepTokens = stepTokens
    self.stepTime = stepTime
    self.notes = notes
  }

  var tokensPerMicrosecond: Double { stepTokens / stepTime }

  func result(replicas: Int, busy: Double) -> PhaseSplit.Phase {
    PhaseSplit.Phase(
      ranks: ranks, replicas: replicas, policy: policy, batchSize: batchSize, stepTokens: stepTokens,
      stepTime: stepTime, tokensPerSecond: tokensPerMicrosecond * 1e6, busy: busy)
  }
}

/// A group for each phase, and what they are asked.
package struct PhasePair {
  package let prefill: PhaseServer
  package let decode: PhaseServer
  package let request: RequestShape

  package init(prefill: PhaseServer, decode: PhaseServer, request: RequestShape) {
    self.prefill = prefill
    self.decode = decode
    self.request = request
  }

  /// Prompts, each of which takes its part of prefill's tokens a second.
  package var queue: PromptQueue { PromptQueue(service: request.computedInput / prefill.tokensPerMicrosecond) }

  /// Microseconds until a prompt is read that does not wait: of its tokens at the rate of prefill, and no less than a
  /// step, which ends for all of its tokens at once.
  package var prefillTime: Double { max(queue.service, prefill.stepTime) }

  /// Requests per microsecond that a group of decode writes.
  package var decodeRate: Double { decode.tokensPerMicrosecond / Double(request.output) }

  /// Groups of each phase that this many requests per microsecond keep busy.
  func demand(rate: Double) -> PhaseDemand {
    PhaseDemand(
      input: rate * Double(request.input), output: rate * Double(request.output),
      prefillRate: prefill.tokensPerMicrosecond, decodeRate: decode.tokensPerMicrosecond, cached: request.cached)
  }
}

extension PhaseSplit.Targets {
  /// Microseconds that a prompt may wait when all else takes `time`; infinite without a target, negative where that
  /// alone is too long.
  func slack(after time: Double) -> Double { ttft.map { $0 - time } ?? .infinity }

  func allows(tpot time: Double) -> Bool { tpot.map { time <= $0 } ?? true }

  var isNone: Bool { self == Self() }
}

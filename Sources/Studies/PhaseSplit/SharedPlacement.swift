import Diagnostics
import PerformanceModel
import Replay
import RoutingTrace

/// Both phases on the same ranks under one placement, whose plans are made of both phases' loads.
///
/// The steps of both take turns in a replay, in proportion to the tokens of a request that each computes, and are told
/// apart by what each takes.
struct SharedPlacement {
  /// Where decode is served.
  private let prefill: PhaseTrial
  private let decode: PhaseTrial
  private let request: RequestShape

  /// Nil where the recordings are not of the same layers, experts and kind.
  init?(prefill: PhaseTrial, decode: PhaseTrial, _ request: RequestShape) {
    let (one, other) = (prefill.header, decode.header)
    guard one.layerNumbers == other.layerNumbers, one.experts == other.experts, one.content == other.content,
      one.topK == other.topK
    else { return nil }
    self.prefill = prefill.moved(to: decode)
    self.decode = decode
    self.request = request
  }

  /// The same pairs of one size as they serve together.
  func pairs(_ apart: [PhasePair], threads: Int) throws -> [PhasePair] {
    var batches: [[Int]] = []
    for pair in apart where !batches.contains(pair.batchSizes) { batches.append(pair.batchSizes) }
    return try batches.flatMap { sizes in
      try pairs(apart.filter { $0.batchSizes == sizes }, sizes, threads: threads)
    }
  }

  private struct Sum {
    var (steps, tokens, time) = (0.0, 0.0, 0.0)
  }

  private func pairs(_ apart: [PhasePair], _ batchSizes: [Int], threads: Int) throws -> [PhasePair] {
    let settings = try apart.map { try decode.setting(ranks: $0.decode.ranks, request, isShared: true) }
    let heading = WorkProgress.begin("replaying both phases on \(settings.count) sizes")
    defer { heading?.end() }
    let steps: () throws -> any StepSource = { [prefill, decode, request] in
      let parts = try [(prefill, request.computedInput), (decode, Double(request.output))].enumerated().map {
        place, part in
        try StepsInTurn.Part(part.0.phase, weight: part.1) { try part.0.steps(batchSize: batchSizes[place]) }
      }
      return StepsInTurn(parts, header: settings[0].header, tokens: settings[0].tokens(of:))
    }
    var sums: [[Sum]] = Array(repeating: [Sum(), Sum()], count: settings.count)
    let places = Dictionary(uniqueKeysWithValues: settings.enumerated().map { ($1.cluster.ranks, $0) })
    let observer = StepObserver { step in
      guard let place = places[step.cluster.ranks], let serving = step.policy.serving else { return }
      let phase = step.phase == .decode ? 1 : 0
      sums[place][phase].steps += 1
      sums[place][phase].tokens += step.tokens
      sums[place][phase].time += serving.stepTime
    }
    let job = ReplayJob(on: settings, baseline: decode.policy, policies: [], threads: threads, open: steps)
    let results = try job.runOnAll(steps(), observer: observer).results
    return results.indices.map { place in
      func server(_ phase: Int) -> PhaseServer {
        let sum = sums[place][phase]
        return PhaseServer(
          ranks: results[place].cluster.ranks, policy: decode.policy.name, batchSize: batchSizes[phase],
          stepTokens: sum.tokens / sum.steps, stepTime: sum.time / sum.steps, notes: results[place].notes)
      }
      return PhasePair(prefill: server(0), decode: server(1), request: request)
    }
  }
}

extension PhasePair {
  fileprivate var batchSizes: [Int] { [prefill.batchSize, decode.batchSize] }
}

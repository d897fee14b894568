import LoadBalancing
import Parallelism
import PerformanceModel
import Presets
import Replay
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// Intervals of improvements on recordings: whether they cover what the rest of the recording comes to.
@Suite struct IntervalConformanceTests {
  struct Recording: Sendable {
    var header: TraceHeader
    var steps: [RoutingStep]
    var model: String
    /// Steps between plans.
    var interval: Int
    /// Steps for which a sequence stays in the batch.
    var stay: Int

    init(_ files: [String], _ batching: Batching, model: String, interval: Int, stay: Int) throws {
      let source = try Imports.named("routed-experts")
        .open(files.map { Shared.path("traces/\($0).npz") }, options: ImportOptions()).steps(batching: batching)
      header = source.header
      steps = try all(source)
      (self.model, self.interval, self.stay) = (model, interval, stay)
    }
  }

  /// Read once.
  static let decode = Result {
    try Recording(
      ["gpt-oss-20b-decode"], .decode(sequences: 64, skip: 8), model: "gpt-oss-20b", interval: 64, stay: 325)
  }
  static let drift = Result {
    try Recording(
      ["esft-intent", "esft-law", "esft-translation"], .prefill(tokensPerStep: 512), model: "deepseek-v2-lite",
      interval: 4, stay: 2)
  }
  static let planners = ["greedy", "eplb", "distribution-only", "fractional", "incremental"]

  /// Steps and their total times under a policy and under static.
  struct Series {
    var after: [Double]
    var before: [Double]

    func part(_ range: Range<Int>) -> Series { Series(after: Array(after[range]), before: Array(before[range])) }

    var gain: Double { 1 - after.reduce(0, +) / before.reduce(0, +) }

    func interval(lasting: Int) -> ImprovementInterval? {
      try? ImprovementInterval(after: after, before: before, lasting: lasting)
    }
  }

  /// `[planners]` on one machine, from the first plan on, with the stalls for moves or the time of the layers alone.
  static func series(_ recording: Recording, cluster: String, ranks: Int, withMoves: Bool) throws -> [Series] {
    let reader = StoredSteps(header: recording.header, steps: recording.steps)
    let setting = try ReplaySetting(
      header: reader.header, cluster: Machine(named: cluster).prefill.resized(ranks: ranks),
      model: ModelShape(named: recording.model))
    let steps = recording.interval
    let policies = ["static"] + planners.map { "\($0):window=\(steps),steps=\(steps)" }
    let replays = try policies.map {
      var policy = try BalancingPolicy(named: $0)
      policy.schedule.migration = .blocking
      return try PolicyReplay(policy, on: [setting], foresight: nil)
    }
    var first = 0
    while let batch = try StepBatch(readingFrom: reader, first: first, sources: [setting.sourceAssignment]) {
      let queue = WorkQueue()
      for replay in replays { ReplayGroup([replay]).begin(batch, on: queue, threads: 2) }
      try queue.run(threads: 2)
      first += batch.count
    }
    let times = replays.map { replay in
      let time = replay.totals[0].time
      return zip(time.totalPerStep, time.stallPerStep).map { withMoves ? $0 : $0 - $1 }
    }
    return times.dropFirst().map {
      Series(after: Array($0.dropFirst(4)), before: Array(times[0].dropFirst(4)))
    }
  }

  @Test func `the first half's interval holds the second half in nine of ten cases`() throws {
    var (given, inside, cases) = (0, 0, 0)
    for recording in try [Self.decode.get(), Self.drift.get()] {
      for cluster in ["h100-ib", "h100-ib-low-latency"] {
        for ranks in [16, 32] {
          for series in try Self.series(recording, cluster: cluster, ranks: ranks, withMoves: true) {
            // Halves of whole intervals between plans.
            let half = series.after.count / (2 * recording.interval) * recording.interval
            cases += 1
            let first = series.part(0..<half).interval(lasting: max(recording.interval, recording.stay))
            guard let first else { continue }
            given += 1
            inside += first.nextRange.contains(series.part(half..<2 * half).gain) ? 1 : 0
          }
        }
      }
    }
    #expect(cases == 40)
    #expect(given >= 10, "\(given) of \(cases) were given")
    #expect(inside * 10 >= given * 9, "\(inside) of \(given)")
  }

  /// A sequence stays for 325 steps of the decode: a window of less than two stays tells nothing and has none; one that
  /// has one covers the value of all steps. Without the stay few would.
  @Test func `windows of a decode that tell anything cover the whole`() throws {
    var (windows, given, inside, unaware, misled) = (0, 0, 0, 0, 0)
    let decode = try Self.decode.get()
    for series in try Self.series(decode, cluster: "h100-ib-low-latency", ranks: 16, withMoves: false) {
      for length in [281, 512, 768, 1024] {
        for start in stride(from: 0, through: series.after.count - length, by: 64) {
          let window = series.part(start..<start + length)
          windows += 1
          if let interval = window.interval(lasting: decode.stay) {
            given += 1
            inside += interval.range.contains(series.gain) ? 1 : 0
            #expect(length >= 2 * decode.stay)
          }
          if let interval = window.interval(lasting: 1) {
            unaware += 1
            misled += interval.range.contains(series.gain) ? 0 : 1
          }
        }
      }
    }
    #expect(given > 0 && inside * 10 >= given * 9, "\(inside) of \(given) given, of \(windows)")
    #expect(misled * 2 > unaware, "\(misled) of \(unaware) given, of \(windows)")
  }
}

import Diagnostics
import LoadBalancing
import Parallelism
import RoutingTrace

/// One reading of a trace for several jobs: a batch of steps is decoded once and broadcast to all of their policies,
/// and those who look ahead share the reading that does.
package struct ReplayPass {
  private let jobs: [ReplayJob]
  private let threads: Int
  private let open: (() throws -> any StepSource)?

  /// - Parameters:
  ///   - jobs: of one trace.
  ///   - open: opens the steps from the first, for those who look ahead; nil when the trace can be read only once.
  package init(_ jobs: [ReplayJob], threads: Int, open: (() throws -> any StepSource)?) {
    self.jobs = jobs
    self.threads = threads
    self.open = open
  }

  /// - Returns: `[jobs][settings]` results.
  /// - Throws: as `ReplayJob.run`.
  package func run(
    on source: any StepSource, progress: (Int) -> Void = { _ in }
  ) throws -> (results: [[ReplayResult]], timing: ReplayJob.Timing) {
    let clock = ContinuousClock()
    let start = clock.now
    var ahead = ForesightReadings(open: open)
    let replayed = try jobs.map { try ReplayedJob($0, lookingAhead: &ahead) }
    let replays = replayed.flatMap(\.replays)
    var passed = PassedSteps()
    while let batch = try StepBatch(readingFrom: source, first: passed.steps, ranks: jobs[0].setting.cluster.ranks) {
      let queue = WorkQueue()
      for replay in replays { replay.begin(batch, on: queue, threads: threads) }
      try queue.run(threads: threads)
      passed.add(batch, of: jobs[0].setting)
      progress(passed.steps)
    }
    for replay in replays { replay.finish() }
    passed.sha256 = source.digest
    let timing = ReplayJob.Timing(
      seconds: (clock.now - start) / .seconds(1),
      tokenLayers: passed.tokens * jobs[0].setting.header.layers * replays.count,
      plannerSeconds: replayed.flatMap(\.plannerSeconds))
    return (try replayed.map { try $0.results(of: passed) }, timing)
  }
}

/// What was read in a pass.
struct PassedSteps {
  private(set) var steps = 0
  private(set) var tokens = 0
  private(set) var foldedSources = false
  /// Tokens of the largest step that decodes, and of the largest of the others.
  private var mostDecoded = 0
  private var mostOthers = 0
  var sha256: String?

  mutating func add(_ batch: StepBatch, of setting: ReplaySetting) {
    steps += batch.steps.count
    for step in batch.steps {
      let count = setting.tokens(of: step.routing)
      tokens += count
      if (step.routing.phase ?? setting.header.phase) == .decode {
        mostDecoded = max(mostDecoded, count)
      } else {
        mostOthers = max(mostOthers, count)
      }
    }
    foldedSources = foldedSources || batch.foldedSources
  }

  /// Tokens whose keys and values are kept in the largest step: all that a decoded token attends to, of others
  /// themselves.
  ///
  /// - Parameter context: tokens that a token attends to, on average.
  func keptTokens(context: Double) -> Double { max(Double(mostDecoded) * context, Double(mostOthers)) }
}

import Diagnostics
import LoadBalancing
import Parallelism
import PerformanceModel
import RoutingTrace

/// One reading of a trace for several jobs: a batch of steps is decoded once and broadcast to all of their policies,
/// and those who look ahead share the reading that does.
package struct ReplayPass {
  private let jobs: [ReplayJob]
  private let threads: Int
  private let open: (() throws -> any StepSource)?
  private let repeats: Int

  /// - Parameters:
  ///   - jobs: of one trace.
  ///   - repeats: times that the trace is replayed, end to end.
  ///   - open: opens the steps from the first, for those who look ahead; nil when the trace can be read only once.
  package init(_ jobs: [ReplayJob], threads: Int, repeats: Int = 1, open: (() throws -> any StepSource)?) {
    self.jobs = jobs
    self.threads = threads
    self.repeats = repeats
    self.open = open
  }

  /// - Parameters:
  ///   - observer: told of every step of every job; nil where nobody asks, which saves time.
  ///   - timeline: shown the steps that it asks for, rank by rank; nil where nobody asks.
  ///   - details: what else results tell; nil where nobody asks, which saves time.
  ///   - keepsCourses: whether how every policy's time went is kept step by step.
  /// - Returns: `[jobs][settings]` results, and `[jobs][settings][policies]` courses, none unless asked for.
  /// - Throws: as `ReplayJob.run`.
  package func run(
    on source: any StepSource, observer: StepObserver? = nil, timeline: TimelineObserver? = nil,
    details: DetailRequest? = nil, keepsCourses: Bool = false,
    progress: (Int) -> Void = { _ in }
  ) throws -> (results: [[ReplayResult]], courses: [[[PolicyCourse]]], timing: ReplayJob.Timing) {
    let walked = try walk(source, observer: observer, timeline: timeline, progress: progress) { replayed in
      if keepsCourses { for replay in replayed.replays { replay.keepParts() } }
      if let details {
        try details.check(jobs[0].setting.header)
        replayed.keepDetails()
      }
    }
    let courses = keepsCourses ? walked.replayed.map { $0.courses(of: walked.passed) } : []
    let results = try walked.replayed.map { job in
      var results = try job.results(of: walked.passed)
      if let details { job.addDetails(details, to: &results) }
      return results
    }
    return (results, courses, walked.timing)
  }

  /// Takes every step through every replay; what they come to stays in them.
  ///
  /// - Parameter prepare: called with each job before the first step.
  func walk(
    _ source: any StepSource, observer: StepObserver? = nil, timeline: TimelineObserver? = nil,
    progress: (Int) -> Void = { _ in }, prepare: (ReplayedJob) throws -> Void
  ) throws -> (replayed: [ReplayedJob], passed: PassedSteps, timing: ReplayJob.Timing) {
    let clock = ContinuousClock()
    let start = clock.now
    let source = try repeated(source)
    var ahead = ForesightReadings(open: open.map { open in { try repeated(open()) } })
    let replayed = try jobs.map { try ReplayedJob($0, lookingAhead: &ahead) }
    let replays = replayed.flatMap(\.replays)
    for replay in replays { replay.threads = threads }
    for job in replayed { try prepare(job) }
    if let observer { for job in replayed { job.gatherSteps(byLayer: observer.isByLayer) } }
    if let timeline { for job in replayed { job.keepTimeline(of: timeline.steps) } }
    let isLogged = Log.isOn
    if isLogged {
      for replay in replays { replay.decisions = [] }
      for setting in jobs[0].settings { setting.tellMachine() }
    }
    let groups = ReplayGroup.groups(of: replays)
    let counter = WorkProgress.begin("replaying", .steps, parts: replays.count)
    defer { counter?.end() }
    let settings = jobs.flatMap(\.settings)
    var passed = PassedSteps(
      repeats: repeats, settings.map(\.sourceAssignment), changes: settings.flatMap(\.cluster.changes))
    let assignments = passed.sources.map(\.assignment)
    var next = try StepBatch(readingFrom: source, first: 0, sources: assignments)
    while let batch = next {
      counter?.expect(source.fraction, after: batch.count * replays.count)
      let queue = WorkQueue()
      let following = BatchReading(source, first: batch.first + batch.count, sources: assignments)
      queue.add([{ @Sendable in following.read() }])
      for group in groups { group.begin(batch, on: queue, threads: threads, counter: counter) }
      try Log.unheard { try queue.run(threads: threads) }
      if isLogged { RebalanceDecision.tell(of: replays) }
      passed.add(batch, of: jobs[0].setting)
      if let observer { for job in replayed { try job.tellSteps(of: batch, to: observer) } }
      if let timeline { for job in replayed { try job.showTimeline(of: batch, to: timeline) } }
      progress(passed.steps)
      next = try following.batch()
      batch.giveBack(to: source)
    }
    for replay in replays { replay.finish() }
    passed.sha256 = source.digest
    passed.origin = source.origin
    passed.notes = source.notes
    let timing = ReplayJob.Timing(
      seconds: (clock.now - start) / .seconds(1),
      tokenLayers: passed.tokens * jobs[0].setting.header.layers * replays.count,
      plannerSeconds: replayed.flatMap(\.plannerSeconds))
    return (replayed, passed, timing)
  }

  private func repeated(_ source: any StepSource) throws(InputError) -> any StepSource {
    guard repeats > 1 else { return source }
    guard let open else {
      throw InputError("--repeat \(repeats) needs a file: standard input is read once", status: .usage)
    }
    return RepeatedSteps(repeats, of: source, open: open)
  }
}

/// What was read in a pass.
struct PassedSteps {
  /// Times that the recording was read.
  let repeats: Int
  private(set) var steps = 0
  private(set) var tokens = 0
  /// Tokens of the smallest step that has any, and of the largest; nil before the first.
  private(set) var stepTokens: ClosedRange<Int>?
  /// What each choice of sources came to, each once.
  private(set) var sources: [SourceSurvey]
  /// Of steps from one on: tokens of the largest that decodes, and of the largest of the others.
  private var most: [(from: Int, decoded: Int, others: Int)]
  private(set) var sequenceStay = SequenceStay()
  private(set) var routerOrder = RouterOrder()
  var sha256: String?
  var origin = StepOrigin()
  /// Of how the steps were chosen.
  var notes: [String] = []

  /// - Parameters:
  ///   - assignments: each choice of sources.
  ///   - changes: ranks that come and go, on any of the machines.
  init(repeats: Int, _ assignments: [SourceAssignment], changes: [RankChange]) {
    self.repeats = repeats
    most = Set(changes.map(\.step)).union([0]).sorted().map { (from: $0, decoded: 0, others: 0) }
    var seen = Set<SourceAssignment>()
    sources = assignments.filter { seen.insert($0).inserted }.map(SourceSurvey.init)
  }

  /// - Precondition: `assignment` is one of those given.
  func sources(by assignment: SourceAssignment) -> SourceSurvey {
    guard let survey = sources.first(where: { $0.assignment == assignment }) else {
      preconditionFailure("steps were passed without these sources")
    }
    return survey
  }

  mutating func add(_ batch: StepBatch, of setting: ReplaySetting) {
    steps += batch.steps.count
    for (place, step) in batch.steps.enumerated() {
      let count = setting.tokens(of: step.routing)
      tokens += count
      if count > 0 {
        stepTokens = min(count, stepTokens?.lowerBound ?? count)...max(count, stepTokens?.upperBound ?? count)
      }
      let stretch = (most.firstIndex { $0.from > batch.first + place } ?? most.count) - 1
      if (step.routing.phase ?? setting.header.phase) == .decode {
        most[stretch].decoded = max(most[stretch].decoded, count)
      } else {
        most[stretch].others = max(most[stretch].others, count)
      }
      sequenceStay.add(step.routing)
      routerOrder.add(step.routing, topK: setting.topK)
      for index in sources.indices { sources[index].add(step.sources(by: sources[index].assignment)) }
    }
  }

  /// Tokens whose keys and values a rank keeps in the step that has most of them on each: all that a decoded token attends
  /// to, of others themselves.
  ///
  /// - Parameters:
  ///   - context: tokens that a token attends to, on average.
  ///   - changes: of the machine.
  ///   - ranks: of the cluster.
  func keptTokens(context: Double, _ changes: RankChanges, ranks: Int) -> Double {
    most.reduce(0) { kept, most in
      max(
        kept,
        max(Double(most.decoded) * context, Double(most.others)) / Double(changes.count(atStep: most.from, of: ranks)))
    }
  }
}

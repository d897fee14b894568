/// How far work is, for whoever waits for it: counted by those who do it, looked at by whoever shows it.
///
///     let progress = WorkProgress()
///     let result = try WorkProgress.$current.withValue(progress) { try job.run() }
///
/// Meanwhile another thread may ask for `progress.standing`. No result depends on what is counted, and where nobody is
/// `current`, nothing is. What begins a stage hands it to its own threads, which do not see `current`.
public final class WorkProgress: Sendable {
  /// What work on this thread is counted by; nil for nobody.
  @TaskLocal public static var current: WorkProgress?

  private struct State {
    var stages: [WorkStage] = []
    var begun = 0
  }

  private let state = Guarded(State())
  private let whenIdle: @Sendable () -> Void

  /// - Parameter whenIdle: called, on the thread that ended it, when no stage is left.
  public init(whenIdle: @escaping @Sendable () -> Void = {}) { self.whenIdle = whenIdle }

  /// Where the stages under way are; nil between them.
  public var standing: WorkStanding? { WorkStanding(of: state.withLock { $0.stages }, now: .now) }

  /// Begins a stage of the current work, within those under way.
  ///
  /// - Parameters:
  ///   - name: what is done, such as `replaying`.
  ///   - unit: what is counted; nil for a heading, whose numbers are those of the stages within.
  ///   - total: how many there are; nil if unknown.
  ///   - parts: calls of `advance` for each.
  /// - Returns: what it is counted by, to be ended; nil where nobody asks.
  package static func begin(
    _ name: String, _ unit: WorkUnit? = nil, total: Int? = nil, parts: Int = 1
  ) -> WorkCounter? {
    current.map { progress in
      let number = progress.state.withLock { state in
        state.begun += 1
        state.stages.append(
          WorkStage(number: state.begun, name: name, unit: unit, total: total, parts: max(1, parts), start: .now))
        return state.begun
      }
      return WorkCounter(of: progress, stage: number)
    }
  }

  /// Counts bytes of the innermost stage, if it is one of bytes.
  package func read(bytes: Int) {
    state.withLock { state in
      if let last = state.stages.indices.last, state.stages[last].unit == .bytes { state.stages[last].done += bytes }
    }
  }

  fileprivate func change(_ number: Int, _ change: (inout WorkStage) -> Void) {
    state.withLock { state in
      if let place = state.stages.lastIndex(where: { $0.number == number }) { change(&state.stages[place]) }
    }
  }

  fileprivate func end(_ number: Int) {
    let isIdle = state.withLock { state in
      state.stages.removeAll { $0.number == number }
      return state.stages.isEmpty
    }
    if isIdle { whenIdle() }
  }
}

/// Counts the work of one stage, on any thread.
package struct WorkCounter: Sendable {
  private let progress: WorkProgress
  private let stage: Int

  fileprivate init(of progress: WorkProgress, stage: Int) {
    self.progress = progress
    self.stage = stage
  }

  package func advance(by count: Int = 1) { progress.change(stage) { $0.done += count } }

  /// For a stage of unknown total: once so many more calls of `advance` are made, this fraction is done.
  package func expect(_ fraction: Double?, after count: Int = 0) {
    progress.change(stage) { $0.expect(fraction, after: count) }
  }

  package func end() { progress.end(stage) }
}

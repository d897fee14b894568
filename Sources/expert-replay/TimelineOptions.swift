import ArgumentParser
import ExpertReplay
import Files

/// Which steps a timeline shows.
struct TimelineOptions: ParsableArguments {
  static let option = "--timeline-steps"
  private static let first = 0..<4

  @Option(
    help: """
      With --format perfetto: the steps that are shown, of those replayed and counted from 0, as in 8:12 (12 left out) \
      or 8-11. (default: 0:4)
      """)
  var timelineSteps: String?

  /// - Parameters:
  ///   - regret: whether what is of the whole replay is asked for.
  ///   - byLayer: whether layers are.
  /// - Throws: `ValidationError` for an option that the format shows nothing of.
  func check(_ format: ReportFormat, regret: Bool, byLayer: Bool) throws {
    guard format.needs.contains(.steps) else {
      if timelineSteps != nil { throw ValidationError("\(Self.option) needs --format perfetto") }
      return
    }
    if regret { throw ValidationError("--regret is of a whole replay: --format perfetto tells steps") }
    if byLayer { throw ValidationError("--by-layer is for reports and --per-step: a timeline tells every layer") }
  }

  /// The timeline that is written in place of a report; nil for another format.
  ///
  /// - Throws: `InputError` (usage) for more steps than can be shown.
  func file(
    _ file: OutputFile, of settings: [ReplaySetting], policies: Int, format: ReportFormat
  ) throws(InputError) -> TimelineFile? {
    guard format.needs.contains(.steps) else { return nil }
    let steps =
      try timelineSteps.map { text throws(InputError) in try parseRange(text, option: Self.option) } ?? Self.first
    try ReplayTimeline.check(steps, of: settings, policies: policies, option: Self.option)
    return TimelineFile(file, steps: steps)
  }
}

/// A timeline that grows with the replay.
final class TimelineFile {
  /// Text that is written at once.
  private static let piece = 1 << 18

  private let file: OutputFile
  private let steps: Range<Int>
  private var timeline = ReplayTimeline()
  private var text: String
  private var isEmpty = true

  init(_ file: OutputFile, steps: Range<Int>) {
    self.file = file
    self.steps = steps
    text = timeline.head
  }

  var observer: TimelineObserver {
    TimelineObserver(steps: steps) { [self] step in
      isEmpty = false
      text += try timeline.text(of: step)
      if text.utf8.count >= Self.piece { try write() }
    }
  }

  /// - Throws: `InputError` (usage) where the replay had none of the steps.
  func end(_ results: [ReplayResult]) throws {
    guard !isEmpty else {
      let chosen = steps.count == 1 ? "\(steps.lowerBound)" : "\(steps.lowerBound):\(steps.upperBound)"
      throw InputError(
        "no step \(chosen): \(results[0].trace.steps) were replayed", in: TimelineOptions.option, status: .usage)
    }
    text += try timeline.end(of: results)
    try write()
  }

  private func write() throws {
    try file.write(text)
    text = ""
  }
}

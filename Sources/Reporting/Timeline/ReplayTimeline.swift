import Diagnostics
import Replay

/// Single steps of a replay as a timeline for ui.perfetto.dev and chrome://tracing, written while the replay goes.
///
///     var timeline = ReplayTimeline()
///     try file.write(timeline.head)
///     let observer = TimelineObserver(steps: 0..<4) { try file.write(timeline.text(of: $0)) }
///     let results = try job.runOnAll(steps, timeline: observer).results
///     try file.write(timeline.end(of: results))
///
/// A process is a policy on a machine, and begins at 0 with the first step that is shown. Its threads are the steps with
/// their layers, plans and moves that run beside steps, and the ranks: dispatch, experts, combine, and waiting for the
/// last rank; before them prediction and balancing, where there are any, and before experts the layer's wait for those that
/// a rank did not have at hand. Where communication runs beside computation, every rank has a second thread for its links.
/// Durations in microseconds as the replay prices them are the arguments `us`; times in the file are rounded to
/// nanoseconds.
public struct ReplayTimeline {
  /// Events that a browser holds: at some 200 bytes each a file below the half gigabyte that Chromium takes as one
  /// text, and that Perfetto's page has memory for.
  public static let mostEvents = 1 << 20
  /// Events of a rank in a layer at most, with links of their own: prediction, balancing, a stall, three parts, and waiting
  /// after each.
  private static let eventsPerRank = 9

  private var events = TraceEvents()
  /// By policy and machine.
  private var processes: [String: TimelineProcess] = [:]

  public init() {}

  /// - Parameters:
  ///   - policies: how many are compared.
  ///   - option: that the steps were asked for by.
  /// - Throws: `InputError` (usage) for more steps than a browser holds.
  public static func check(
    _ steps: Range<Int>, of settings: [ReplaySetting], policies: Int, option: String
  ) throws(InputError) {
    let perStep = settings.reduce(0) { $0 + $1.header.layers * $1.cluster.ranks } * policies * eventsPerRank
    let room = max(1, mostEvents / max(1, perStep))
    guard steps.count > room else { return }
    throw InputError(
      "\(Readable.count(steps.count, "step")) of up to \(Readable.count(perStep, "event")) each, expected at most"
        + " \(Readable.count(room, "step")): a browser holds about \(Readable.count(mostEvents, "event"));"
        + " --layers shows fewer layers", in: option, status: .usage)
  }

  /// What the file begins with.
  public var head: String { "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[" }

  /// The events of a step; those of a policy follow each other.
  public mutating func text(of step: StepTimeline) throws -> String {
    let machine = "\(step.cluster.name), \(Readable.count(step.cluster.ranks, "rank"))"
    let name = "\(step.machine) \(step.policy)"
    var process = processes[name] ?? TimelineProcess(number: processes.count + 1)
    if processes[name] == nil { try events.name(process: process.number, step.policy, label: machine) }
    process.draw(step, in: &events)
    processes[name] = process
    return events.take()
  }

  /// What the file ends with: what was replayed, and what has to be known to judge it.
  ///
  /// - Parameter results: of the replay, on each machine.
  public func end(of results: [ReplayResult]) throws -> String {
    let about = About(
      version: expertReplayVersion, trace: results[0].trace.name, model: results[0].model.name,
      seed: results[0].seed, notes: results.flatMap(\.notes))
    return "\n],\"otherData\":\(try jsonText(about).dropLast())}\n"
  }

  private struct About: Encodable {
    var version: String
    var trace: String
    var model: String
    var seed: UInt64
    var notes: [String]
  }
}

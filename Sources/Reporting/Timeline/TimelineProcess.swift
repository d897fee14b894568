import PerformanceModel
import Replay

/// A policy on a machine in a timeline, and the events of its steps.
struct TimelineProcess {
  /// Threads, in the order in which they are shown; their numbers are no process's, as viewers take a thread with its
  /// process's number for the first.
  enum Thread {
    case steps, moves, rank(Int), links(Int)

    var number: Int {
      switch self {
      case .steps: 1000
      case .moves: 1001
      case .rank(let rank): 2000 + 2 * rank
      case .links(let rank): 2001 + 2 * rank
      }
    }

    var name: String {
      switch self {
      case .steps: "steps and layers"
      case .moves: "plans and moves"
      case .rank(let rank): "rank \(rank)"
      case .links(let rank): "links of rank \(rank)"
      }
    }
  }

  let number: Int
  /// Microseconds at which the next step begins.
  private(set) var now = 0.0
  private var named: Set<Int> = []

  init(number: Int) { self.number = number }

  /// Adds the events of the next step.
  mutating func draw(_ step: StepTimeline, in events: inout TraceEvents) {
    var drawing = StepDrawing(step, from: now)
    drawing.drawSteps()
    drawing.drawMoves()
    drawing.drawRanks()
    for item in drawing.items {
      let track = track(item.thread, in: &events)
      switch item.kind {
      case .slice(let span): events.slice(item.name, item.category, on: track, span, item.arguments)
      case .instant(let time): events.instant(item.name, item.category, on: track, time, item.arguments)
      case .counter(let time): events.counter(item.name, item.category, process: number, time, item.arguments)
      }
    }
    now += step.total
  }

  /// A thread, which is named where it is used first.
  private mutating func track(_ thread: Thread, in events: inout TraceEvents) -> TraceEvents.Track {
    let track = TraceEvents.Track(process: number, thread: thread.number)
    if named.insert(thread.number).inserted { events.name(track, thread.name) }
    return track
  }
}

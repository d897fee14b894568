import PerformanceModel
import Replay

/// What is drawn of one step of a timeline.
struct StepDrawing {
  struct Item {
    enum Kind {
      /// Nanoseconds.
      case slice(Range<Int>)
      case instant(Int)
      case counter(Int)
    }

    var thread: TimelineProcess.Thread
    var name: String
    var category: String
    var kind: Kind
    var arguments: TraceEvents.Arguments = []
  }

  /// In the order of time on each thread, what holds others before them.
  private(set) var items: [Item] = []
  let step: StepTimeline
  /// Microseconds.
  let start: Double
  /// Nanoseconds, which nothing that is drawn leaves.
  private let span: Range<Int>

  /// - Parameter start: microseconds at which the step begins.
  init(_ step: StepTimeline, from start: Double) {
    self.step = step
    self.start = start
    span = Self.nanoseconds(start)..<Self.nanoseconds(start + step.total)
  }

  private static func nanoseconds(_ time: Double) -> Int { Int((time * 1000).rounded()) }

  /// Nanoseconds of a time of the step.
  func place(_ time: Double) -> Int { min(max(Self.nanoseconds(time), span.lowerBound), span.upperBound) }

  mutating func add(
    _ name: String, _ category: String, on thread: TimelineProcess.Thread, _ span: Range<Int>,
    _ arguments: TraceEvents.Arguments
  ) {
    items.append(Item(thread: thread, name: name, category: category, kind: .slice(span), arguments: arguments))
  }

  /// The step and its layers on a thread of their own, and how balanced they are as a counter.
  mutating func drawSteps() {
    add(
      "step \(step.number)", "step", on: .steps, span,
      [
        ("us", Records.cell(step.total)), ("ordinal", "\(step.ordinal)"),
        ("phase", "\"\(step.phase?.rawValue ?? "unknown")\""),
      ])
    drawStall(on: .steps, experts: step.arrivals.reduce(0, +))
    var now = start + step.stall
    for layer in step.layers {
      let time = layer.prediction + layer.time.total(layer.overlap)
      if let balance = layer.balancedness {
        items.append(
          Item(
            thread: .steps, name: "balancedness", category: "layer", kind: .counter(place(now)),
            arguments: [("rank", Records.cell(balance))]))
      }
      add(
        "layer \(layer.number)", "layer", on: .steps, place(now)..<place(now + time),
        [
          ("us", Records.cell(time)), ("step", "\(step.number)"), ("layer", "\(layer.number)"),
          ("plan", "\(layer.plan)"), ("dispatch", Records.cell(layer.time.dispatch)),
          ("experts", Records.cell(layer.time.experts)), ("combine", Records.cell(layer.time.combine)),
          ("visits", Records.cell(layer.ranks.reduce(0) { $0 + $1.visits })),
        ])
      now += time
    }
  }

  /// Plans, and what was moved beside the step.
  mutating func drawMoves() {
    func note(_ name: String, _ arguments: TraceEvents.Arguments) {
      items.append(
        Item(thread: .moves, name: name, category: "plans", kind: .instant(span.lowerBound), arguments: arguments))
    }
    for plan in step.plansBegun { note("plan \(plan) begins", [("plan", "\(plan)")]) }
    for plan in step.plansInForce {
      note("plan \(plan.plan) in force", [("plan", "\(plan.plan)"), ("layers", "\(plan.layers)")])
    }
    for move in step.moves {
      add(
        "moves of layer \(move.layer)", "moves", on: .moves, place(start + move.start)..<place(start + move.end),
        [
          ("us", Records.cell(move.sent)), ("left", Records.cell(move.left)), ("step", "\(step.number)"),
          ("layer", "\(move.layer)"), ("plan", "\(move.plan)"), ("experts", "\(move.experts)"),
          ("bytes", Records.cell(Double(move.experts) * step.expertBytes)),
        ])
    }
  }

  /// Moves that the step waits for.
  mutating func drawStall(on thread: TimelineProcess.Thread, experts: Int) {
    guard step.stall > 0 else { return }
    add(
      "moves", "moves", on: thread, span.lowerBound..<place(start + step.stall),
      [
        ("us", Records.cell(step.stall)), ("step", "\(step.number)"), ("experts", "\(experts)"),
        ("bytes", Records.cell(Double(experts) * step.expertBytes)),
      ])
  }
}

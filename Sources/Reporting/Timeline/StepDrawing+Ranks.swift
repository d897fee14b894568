import PerformanceModel
import Replay

extension StepDrawing {
  /// Dispatch, experts or combine of a rank, and its wait for the last one; microseconds.
  private struct Part {
    var name: String
    var category: String
    /// When the part may run; it ends when the last rank is done.
    var window: Range<Double>
    var time: Double
    var wait: Double
    /// The first rank that takes longest; nil where none takes as long as the layer.
    var last: Int?
    var amounts: TraceEvents.Arguments
  }

  /// Every rank's parts, layer after layer.
  mutating func drawRanks() {
    for rank in step.arrivals.indices { drawStall(on: .rank(rank), experts: step.arrivals[rank]) }
    var now = start + step.stall
    for layer in step.layers {
      let course = LayerCourse(of: layer.time, layer.overlap)
      for rank in layer.ranks.indices { draw(rank, of: layer, course, at: now) }
      now += layer.prediction + layer.time.total(layer.overlap)
    }
  }

  private mutating func draw(_ rank: Int, of layer: StepTimeline.Layer, _ course: LayerCourse, at start: Double) {
    let own = layer.ranks[rank]
    let labels: TraceEvents.Arguments = [
      ("step", "\(step.number)"), ("layer", "\(layer.number)"), ("plan", "\(layer.plan)"),
    ]
    let links: TimelineProcess.Thread = layer.overlap.fraction > 0 ? .links(rank) : .rank(rank)
    let foretold = start + layer.prediction
    let begin = foretold + layer.time.balancing
    if layer.prediction > 0 {
      add(
        "prediction", "prediction", on: .rank(rank), place(start)..<place(foretold),
        [("us", Records.cell(layer.prediction))] + labels)
    }
    if layer.time.balancing > 0 {
      add(
        "balancing", "balancing", on: .rank(rank), place(foretold)..<place(begin),
        [("us", Records.cell(layer.time.balancing))] + labels)
    }
    func part(
      _ name: String, _ category: String, _ window: Range<Double>, _ time: KeyPath<StepTimeline.Rank, Double>,
      of longest: Double, stretch: Double, _ amounts: KeyValuePairs<String, Double>
    ) -> Part {
      Part(
        name: name, category: category, window: begin + window.lowerBound..<begin + window.upperBound,
        time: own[keyPath: time] * stretch, wait: (longest - own[keyPath: time]) * stretch,
        last: layer.ranks.firstIndex { $0[keyPath: time] >= longest },
        amounts: amounts.map { ($0, Records.cell($1)) })
    }
    let time = layer.time
    draw(
      part(
        "dispatch", "communication", course.dispatch, \.dispatch, of: time.dispatch, stretch: course.stretch,
        ["sentBytes": own.sentBytes, "receivedBytes": own.receivedBytes]), on: links, labels)
    if layer.time.stall > 0 {
      let experts = begin + course.experts.lowerBound
      add(
        "waiting for experts", "waiting", on: .rank(rank), place(experts - layer.time.stall)..<place(experts),
        [("us", Records.cell(layer.time.stall))] + labels)
    }
    draw(
      part(
        "experts", "experts", course.experts, \.experts, of: time.experts, stretch: course.expertStretch,
        ["visits": own.visits]),
      on: .rank(rank), labels)
    draw(
      part(
        "combine", "communication", course.combine, \.combine, of: time.combine, stretch: course.stretch,
        ["sentBytes": own.returnedBytes, "receivedBytes": own.regainedBytes]), on: links, labels)
  }

  private mutating func draw(_ part: Part, on thread: TimelineProcess.Thread, _ labels: TraceEvents.Arguments) {
    let barrier = place(part.window.upperBound)
    let end = part.wait > 0 ? min(barrier, place(part.window.lowerBound + part.time)) : barrier
    if part.time > 0 {
      add(
        part.name, part.category, on: thread, place(part.window.lowerBound)..<end,
        [("us", Records.cell(part.time))] + labels + part.amounts)
    }
    if part.wait > 0 {
      add(
        "waiting", "waiting", on: thread, end..<barrier,
        [
          ("us", Records.cell(part.wait)), ("part", "\"\(part.name)\""),
          ("for", part.last.map { "\"rank \($0)\"" } ?? "\"the busiest ports of several ranks\""),
        ] + labels)
    }
  }
}

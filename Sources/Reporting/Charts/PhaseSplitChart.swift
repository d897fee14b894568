import Charts
import Studies

/// Requests that layouts of both phases serve, against the time of an output token.
struct PhaseSplitChart {
  /// Layouts of one kind: those apart within the targets are joined, as the front that they are.
  private struct Group {
    let series: Plot.Series
    let layouts: [PhaseSplit.Layout]
    var isFront = false
    /// Whether the targets are kept.
    var isWithin = true
  }

  private let targets: PhaseSplit.Targets
  private let gpus: Int
  private let groups: [Group]

  init(_ result: PhaseSplit) {
    targets = result.targets
    gpus = result.gpus
    let free = result.withoutTargets
    func series(_ colour: Int, _ name: String) -> Plot.Series { .init(colour: colour, name: name) }
    groups = [
      Group(series: series(1, "apart"), layouts: result.front, isFront: true),
      Group(series: series(2, "together"), layouts: [result.together].compactMap(\.self)),
      Group(series: series(3, "apart, no targets"), layouts: [free?.split].compactMap(\.self), isWithin: false),
      Group(
        series: series(4, "together, no targets"), layouts: [free?.together].compactMap(\.self), isWithin: false),
    ].filter { !$0.layouts.isEmpty }
  }

  var drawn: DrawnChart {
    DrawnChart("split", "Requests against time per token", missing: nil, isWide: true, drawing: drawing)
  }

  private var drawing: Drawing {
    let within = groups.filter(\.isWithin)
    return Drawing(
      reading: reading,
      panels: within.count == groups.count
        ? [panel(nil, groups)] : [panel("Within the targets", within), panel("And without", groups)],
      legend: groups.map { .init(style: $0.series.style, label: $0.series.name) },
      notes: ["Up and to the left is better. Each dot is a layout of the table below, on up to \(gpus) GPUs."])
  }

  private func panel(_ title: String?, _ groups: [Group]) -> Drawing.Panel {
    let layouts = groups.flatMap(\.layouts)
    let times = layouts.map(\.tpot) + [targets.tpot].compactMap(\.self)
    let plot = Plot(
      x: Axis("time per output token", .time, times, fromZero: true),
      y: Axis("requests a second", .count, layouts.map(\.requestsPerSecond), fromZero: true), right: 28, headroom: 15)
    let flags = Flags(targets.tpot.map { [($0, "target")] } ?? [], of: plot)
    var marks = flags.marks(on: plot, above: 0)
    for group in groups where group.isFront {
      marks += plot.line(
        group.series, group.layouts.sorted { $0.tpot < $1.tpot }.map { ($0.tpot, $0.requestsPerSecond) }, .count)
    }
    for group in groups {
      for layout in group.layouts {
        marks += plot.dot(
          group.series, at: (layout.tpot, layout.requestsPerSecond), title: Self.title(group.series.name, layout))
      }
    }
    return .init(title: title, picture: plot.svg(label: "\(plot.y.title) against \(plot.x.title). \(reading)", marks))
  }

  private static func title(_ name: String, _ layout: PhaseSplit.Layout) -> String {
    func groups(_ phase: PhaseSplit.Phase) -> String { "\(phase.replicas) × \(phase.ranks)" }
    return "\(name): prefill on \(groups(layout.prefill)), decode on \(groups(layout.decode)) GPUs; "
      + "\(Readable.significant(layout.requestsPerSecond)) requests/s, "
      + "\(Readable.significant(layout.goodputPerGPU)) a GPU, TPOT \(Readable.time(layout.tpot))"
  }

  private var reading: String {
    let front = groups[0].layouts
    guard let most = front.first, let fastest = front.last else { return "No layout keeps the targets." }
    func told(_ layout: PhaseSplit.Layout) -> String {
      "\(Readable.significant(layout.requestsPerSecond)) requests/s at \(Readable.time(layout.tpot)) a token"
    }
    return front.count == 1
      ? "Apart, no layout beats \(told(most)) in either."
      : "Apart, \(front.count) layouts trade one for the other, from \(told(most)) to \(told(fastest))."
  }
}

import Charts
import Replay

extension ResultChart {
  /// A line for each policy over the steps, with its plans.
  static let stepTimes = ResultChart("step-times", "Time of each step", missing: needsDetails) { charted in
    guard let details = charted.details, let bins = charted.detailed.first?.details.steps.total.count, bins > 0 else {
      return nil
    }
    let planning = charted.detailed.filter { $0.details.steps.plans.contains { $0 > 0 } }
    let (x, planRows) = (
      Axis(positions: "step", count: bins, each: details.stepsPerBin), rowHeight * Double(planning.count)
    )
    let y = Axis("time of a step", .time, charted.detailed.flatMap(\.details.steps.total), fromZero: false)
    let changes = Dictionary(grouping: charted.baseline?.policy.changes ?? [], by: \.step).map { step, together in
      (place: Double(step), name: together.map(\.sentence).joined(separator: ", ").shortened(to: 60))
    }
    let flags = Flags(changes, of: Plot(x: x, y: y))
    let headroom = planRows + flags.height
    let plot = Plot(x: x, y: y, height: 280 + headroom, headroom: headroom)
    var marks = Markup()
    for (policy, found) in charted.detailed {
      marks += plot.line(policy.series, plot.overBins(found.steps.total, each: details.stepsPerBin), .time)
    }
    for (row, (policy, found)) in planning.enumerated() {
      marks += plot.events(policy, found.steps, each: details.stepsPerBin, above: rowHeight * Double(row))
    }
    marks += flags.marks(on: plot, above: planRows)
    let reading = charted.stepTimesReading
    return Drawing(
      reading: reading,
      panels: [
        .init(
          picture: plot.svg(
            label: "Time of each step. \(reading)", cursor: Cursor("step", count: bins, each: details.stepsPerBin),
            marks))
      ],
      notes: [
        !planning.isEmpty
          ? "Above, a row for each policy that plans. Hollow triangles: a plan is begun; full ones: it serves in all layers."
          : nil,
        changes.isEmpty ? nil : "Upright lines: ranks come or go; steps are shown without that interruption.",
        plot.y.scale.domain.lowerBound > 0 ? "The vertical axis does not begin at 0." : nil, charted.binNote,
      ].compactMap(\.self))
  }
}

/// Of a row of triangles.
private let rowHeight = 9.0

extension Plot {
  /// Points in the middle of their bins.
  func overBins(_ values: [Double], each: Int) -> [(x: Double, y: Double)] {
    values.enumerated().map { ((Double($0.offset) + 0.5) * Double(each), $0.element) }
  }

  /// Marks above the plot where plans begin and arrive, a row for each policy that has any.
  fileprivate func events(
    _ policy: ChartedResult.Policy, _ steps: PolicyResult.Details.Steps, each: Int, above: Double
  ) -> Markup {
    func triangles(_ counts: [Int]) -> String {
      counts.indices.filter { counts[$0] > 0 }.map { bin in
        "M\(Markup.place(x((Double(bin) + 0.5) * Double(each)))) \(Markup.place(top - above))l-4 -7h8z"
      }.joined()
    }
    var marks = Markup()
    marks.add("path", ["class": "plan", "d": triangles(steps.plans), "data-bins": bins(steps.plans)])
    marks.add("path", ["class": "arrival", "d": triangles(steps.arrivals), "data-bins": bins(steps.arrivals)])
    return .element("g", ["class": policy.series.style, "data-policy": "\(policy.series.colour)"], marks)
  }

  private func bins(_ counts: [Int]) -> String {
    counts.indices.filter { counts[$0] > 0 }.map(String.init).joined(separator: " ")
  }
}

extension ChartedResult {
  fileprivate var stepTimesReading: String {
    let medians = list { $0.details.map { Readable.time($0.stepTotal.p50) } }
    guard let before = baseline?.details?.steps.total, let best, let after = best.details?.steps.total,
      !before.isEmpty
    else { return "The median step takes: \(medians)." }
    let faster = Double(zip(before, after).count { $1 < $0 }) / Double(before.count)
    return "The median step takes: \(medians); \(best.name.shortened()) is the faster one in "
      + "\(Readable.percent(faster)) of \(details?.stepsPerBin == 1 ? "steps" : "points")."
  }
}

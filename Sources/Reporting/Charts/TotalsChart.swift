import Charts
import Replay

extension ResultChart {
  /// A bar for each policy, stacked from the parts of its time.
  static let totals = ResultChart("totals", "Time by part", missing: needsOthers) { $0.totals }
}

private struct TotalsRow {
  let policy: ChartedResult.Policy
  let parts: [(name: String, microseconds: Double)]
  let interval: ClosedRange<Double>?

  init(_ policy: ChartedResult.Policy, interval: ClosedRange<Double>?) {
    self.policy = policy
    self.interval = interval
    parts = policy.policy.parts
  }

  /// Microseconds of all parts.
  var length: Double { parts.reduce(0) { $0 + $1.microseconds } }
}

extension PolicyResult {
  /// Parts of the time, none of them 0; what overlap hides is in them.
  var parts: [(name: String, microseconds: Double)] {
    [
      ("dispatch", time.dispatch), ("experts", time.experts ?? 0), ("combine", time.combine ?? 0),
      ("migration", time.migration ?? 0), ("prediction", time.prediction ?? 0),
    ].filter { $0.1 > 0 }
  }
}

extension Plot {
  fileprivate func totals(_ row: TotalsRow, top: Double) -> Markup {
    let policy = row.policy
    let time = policy.policy.time
    var marks = Markup()
    marks.add(
      "text", ["class": "label", "x": Markup.place(left + 2), "y": Markup.place(top + 10)],
      text: policy.name.shortened(to: 56))
    marks.add(
      "text",
      [
        "class": "label", "x": Markup.place(right), "y": Markup.place(top + 10), "text-anchor": "end",
        "data-total": Markup.numbers([time.total]),
      ], text: Readable.time(time.total))
    var start = 0.0
    for part in row.parts {
      let end = start + part.microseconds
      marks += bar(
        part.name, from: start, to: end, top: top + 14, height: 18,
        title: "\(policy.name), \(part.name): \(Readable.time(part.microseconds))")
      start = end
    }
    let total = Markup.place(x(time.total))
    marks.add("path", ["class": "total", "d": "M\(total) \(Markup.place(top + 13))v20"])
    if let interval = row.interval {
      marks += whisker(
        from: interval.lowerBound, to: interval.upperBound, middle: top + 23,
        title: "\(policy.name): \(Readable.time(interval.lowerBound)) to \(Readable.time(interval.upperBound))")
    }
    return .element("g", ["class": "row", "data-policy": "\(policy.series.colour)", "data-name": policy.name], marks)
  }
}

extension ChartedResult {
  fileprivate var totals: Drawing {
    let rows = policies.map { TotalsRow($0, interval: interval(of: $0.policy)) }
    let lengths: [Double] = rows.map { row in
      max(row.length, max(row.policy.policy.time.total, row.interval?.upperBound ?? 0))
    }
    let rowHeight = 40.0
    let plot = Plot(
      x: Axis("time", .time, lengths, fromZero: true),
      y: Axis(title: "", scale: Scale(.linear, 0...Double(rows.count)), ticks: []),
      height: 50 + rowHeight * Double(rows.count), left: 8)
    var marks = Markup()
    for (index, row) in rows.enumerated() { marks += plot.totals(row, top: 8 + rowHeight * Double(index)) }
    if let baseline {
      let x = Markup.place(plot.x(baseline.policy.time.total))
      marks.add("path", ["class": "rule", "d": "M\(x) 20V\(Markup.place(plot.bottom))"])
    }
    let used = Palette.parts.map(\.name).filter { name in rows.contains { $0.parts.contains { $0.name == name } } }
    return Drawing(
      reading: totalsReading, panels: [.init(picture: plot.svg(label: "Time by part. \(totalsReading)", marks))],
      legend: used.map { Drawing.LegendEntry(style: $0, label: $0 == "migration" ? "moves not hidden" : $0) },
      notes: totalsNotes(rows))
  }

  /// Of the total, by the 95 % interval of its improvement over the baseline.
  fileprivate func interval(of policy: PolicyResult) -> ClosedRange<Double>? {
    guard let low = policy.improvement.totalLow, let high = policy.improvement.totalHigh, low <= high,
      let before = baseline?.policy.time.total
    else { return nil }
    return before * (1 - high)...before * (1 - low)
  }

  fileprivate var totalsReading: String {
    guard let baseline, let best else {
      return "\(baseline?.name.shortened() ?? "The baseline") takes \(Readable.time(baseline?.policy.time.total ?? 0))."
    }
    let saved = baseline.policy.time.total - best.policy.time.total
    let gains = baseline.policy.parts.map { part in
      (part.name, part.microseconds - (best.policy.parts.first { $0.name == part.name }?.microseconds ?? 0))
    }
    let most = gains.max { $0.1 < $1.1 }
    guard saved != 0 else { return "\(best.name.shortened()) takes as long as \(baseline.name.shortened())." }
    let sentence =
      "\(best.name.shortened()) takes \(Readable.time(best.policy.time.total)), "
      + "\(Readable.time(abs(saved))) \(saved < 0 ? "more" : "less") than \(baseline.name.shortened())"
    guard saved > 0, let most, most.1 > 0 else { return sentence + "." }
    return sentence + "; most of it is saved in \(most.0) (\(Readable.time(most.1)))."
  }

  fileprivate func totalsNotes(_ rows: [TotalsRow]) -> [String] {
    let hidden = rows.contains { $0.length > $0.policy.policy.time.total * (1 + 1e-9) }
    let intervals = others.contains { $0.policy.improvement.totalLow != nil }
    return [
      intervals ? "Whiskers are 95 % intervals of the total over steps; the dashed line is the baseline's total." : nil,
      hidden ? "Parts that the machine overlaps add up to more than the total, which is the upright mark." : nil,
    ].compactMap(\.self)
  }
}

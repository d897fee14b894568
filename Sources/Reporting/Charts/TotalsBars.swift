import Charts
import Replay

/// Bars of policies, one below the other, stacked from the parts of their time.
struct TotalsBars {
  struct Row {
    let policy: ChartedResult.Policy
    /// Microseconds times this are shown.
    let factor: Double
    let parts: [TimePart]
    /// Of the total.
    let interval: ClosedRange<Double>?

    init(_ policy: ChartedResult.Policy, of charted: ChartedResult, factor: Double = 1) {
      self.policy = policy
      self.factor = factor
      parts = TimePart.all(of: policy.policy.time)
      interval = charted.totalInterval(of: policy.policy).map { $0.lowerBound * factor...$0.upperBound * factor }
    }

    var total: Double { policy.policy.time.total * factor }
    /// Of all parts.
    var length: Double { parts.reduce(0) { $0 + $1.microseconds } * factor }
  }

  private static let rowHeight = 40.0

  let rows: [Row]
  let title: String

  /// The longest bar or interval, in microseconds.
  var longest: Double { rows.reduce(0) { max($0, $1.length, $1.total, $1.interval?.upperBound ?? 0) } }

  /// - Parameters:
  ///   - label: what a screen reader says of it.
  ///   - longest: of all bars on the same scale; of these when nil.
  func svg(label: String, longest: Double? = nil) -> Markup {
    let plot = Plot(
      x: Axis(title, .time, [longest ?? self.longest], fromZero: true),
      y: Axis(title: "", scale: Scale(.linear, 0...Double(max(1, rows.count))), ticks: []),
      height: 50 + Self.rowHeight * Double(rows.count), left: 8)
    var marks = Markup()
    for (place, row) in rows.enumerated() { marks += plot.stacked(row, top: 8 + Self.rowHeight * Double(place)) }
    if let baseline = rows.first {
      let x = Markup.place(plot.x(baseline.total))
      marks.add("path", ["class": "rule", "d": "M\(x) 20V\(Markup.place(plot.bottom))"])
    }
    return plot.svg(label: label, marks)
  }

  /// Of the parts that any row has.
  var legend: [Drawing.LegendEntry] {
    Palette.parts.compactMap { colour in
      rows.lazy.flatMap(\.parts).first { $0.style == colour.name }.map { .init(style: $0.style, label: $0.label) }
    }
  }

  /// What has to be known to read it.
  var notes: [String] {
    [
      rows.contains { $0.interval != nil }
        ? "Whiskers are 95 % intervals of the total over steps; the dashed line is the baseline's total." : nil,
      rows.contains { $0.length > $0.total * (1 + 1e-9) }
        ? "Parts that the machine overlaps add up to more than the total, which is the upright mark." : nil,
      rows.contains { $0.parts.contains { $0.style == "waiting" } }
        ? "Hatched: the mean rank is done with its experts and waits for the slowest one." : nil,
    ].compactMap(\.self)
  }
}

extension Plot {
  /// A policy's name, total, bar and interval.
  fileprivate func stacked(_ row: TotalsBars.Row, top: Double) -> Markup {
    let name = row.policy.name
    var marks = Markup.element(
      "text", ["class": "label", "x": Markup.place(left + 2), "y": Markup.place(top + 10)],
      Markup(name.shortened(to: 56)))
    marks.add(
      "text",
      [
        "class": "label", "x": Markup.place(right), "y": Markup.place(top + 10), "text-anchor": "end",
        "data-total": Markup.numbers([row.total]),
      ], text: Readable.time(row.total))
    var start = 0.0
    for part in row.parts {
      let end = start + part.microseconds * row.factor
      marks += bar(
        part.style, from: start, to: end, top: top + 14, height: 18,
        title: "\(name), \(part.label): \(Readable.time(part.microseconds * row.factor))")
      if part.style == "waiting" { marks += hatch(from: start, to: end, top: top + 14, height: 18) }
      start = end
    }
    marks.add("path", ["class": "total", "d": "M\(Markup.place(x(row.total))) \(Markup.place(top + 13))v20"])
    if let interval = row.interval {
      marks += whisker(
        from: interval.lowerBound, to: interval.upperBound, middle: top + 23,
        title: "\(name): \(Readable.time(interval.lowerBound)) to \(Readable.time(interval.upperBound))")
    }
    return .element("g", ["class": "row", "data-policy": "\(row.policy.series.colour)", "data-name": name], marks)
  }
}

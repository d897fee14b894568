import Charts
import Replay

extension ResultChart {
  /// Visits of every expert in every layer, whatever the policy.
  static let popularity = ResultChart("popularity", "Popularity of experts", missing: needsDetails) { charted in
    guard let visits = charted.details?.popularity, let experts = visits.first?.count, experts > 1 else { return nil }
    let numbers = charted.result.policies[0].perLayer?.map(\.layer) ?? Array(visits.indices)
    let means = visits.map { Double($0.reduce(0, +)) / Double(experts) }
    let plot = Plot(
      x: Axis(columns: "expert", count: experts) { "\($0)" },
      y: Axis(rows: "layer", count: visits.count) { "\(numbers[$0])" }, height: visits.count > 24 ? 320 : 240)
    let marks = HeatMarks(columns: experts, rows: visits.count) { row, column in
      means[row] > 0 ? HeatScale.shade(Double(visits[row][column]) / means[row]) : HeatScale.even
    }
    var data = HeatData(kind: "row", row: "layer", column: "expert")
    data.rowNames = numbers
    data.cells = .init(visits.flatMap(\.self))
    let tops = visits.indices.map { means[$0] > 0 ? Double(visits[$0].max() ?? 0) / means[$0] : 1 }
    let worst = tops.indices.max { tops[$0] < tops[$1] } ?? 0
    let middle = tops.sorted()[tops.count / 2]
    let reading =
      "The most popular expert of a layer has \(Readable.significant(middle)) times the mean one's visits in the median "
      + "layer, and \(Readable.significant(tops[worst])) times in layer \(numbers[worst])."
    return Drawing(
      reading: reading,
      panels: [.init(picture: plot.svg(label: "Popularity of experts. \(reading)", marks.svg(in: plot, data: data)))],
      legend: Drawing.heatLegend)
  }

  /// How like each other steps are, by how far they are apart.
  static let drift = ResultChart(
    "drift", "Drift of popularity", missing: needsDetails + " One step alone does not drift."
  ) { charted in
    guard let drift = charted.details?.drift, let first = drift.first, let last = drift.last else { return nil }
    let values = drift.map(\.correlation)
    let plot = Plot(
      x: Axis(
        title: "steps apart", scale: Scale(.linear, 0...Double(drift.count)),
        ticks: drift.enumerated().map { .init(value: Double($0.offset) + 0.5, label: "\($0.element.lag)") },
        hasGrid: false),
      y: Axis("correlation of expert loads", .count, values + [0, 1], fromZero: true))
    let points = plot.overBins(values, each: 1)
    var line = Markup.element(
      "path",
      [
        "class": "line s1", "data-values": Markup.numbers(values),
        "d": "M" + points.map { "\(Markup.place(plot.x($0.x))) \(Markup.place(plot.y($0.y)))" }.joined(separator: "L"),
      ])
    for (point, found) in zip(points, drift) {
      line.add(
        "circle",
        [
          "class": "point s1", "cx": Markup.place(plot.x(point.x)), "cy": Markup.place(plot.y(point.y)), "r": "4",
        ], .element("title", [:], Markup("\(found.lag) steps apart: \(Readable.ratio(found.correlation))")))
    }
    let reading =
      "The expert loads of a layer in neighbouring steps correlate with \(Readable.ratio(first.correlation)), "
      + "those \(last.lag) steps apart with \(Readable.ratio(last.correlation))."
    return Drawing(
      reading: reading,
      panels: [.init(picture: plot.svg(label: "Drift of popularity. \(reading)", line))],
      notes: [
        "1: the same experts are hot as before; 0: what was hot says nothing. Small steps lie below by chance alone."
      ])
  }
}

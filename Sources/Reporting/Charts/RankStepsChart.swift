import Charts
import Replay

extension ResultChart {
  /// The load of every rank in single steps of one layer, a grid for each policy.
  static let rankSteps = ResultChart(
    "rank-steps", "Load of every rank in every step", missing: needsDetails + withoutChanges,
    isWide: true
  ) { charted in
    guard let details = charted.details, let first = charted.detailed.first?.details, !first.layers.isEmpty,
      !details.stepsShown.isEmpty
    else { return nil }
    let shown = charted.mostUneven
    let reading = charted.rankStepsReading(layer: shown)
    return Drawing(
      reading: reading,
      panels: charted.detailed.map { policy, found in
        charted.rankSteps(policy, found.layers, shown: shown, details)
      },
      legend: Drawing.heatLegend, layers: details.layers, shownLayer: shown,
      notes: [
        "A shade tells a rank's tokens over the mean rank's of the same step.",
        charted.stepsApart > 1 ? "One step in \(charted.stepsApart) is shown, none are added up." : nil,
        details.layers.count < charted.result.trace.layers
          ? "The \(Readable.count(details.layers.count, "layer")) told are the most uneven ones, and those asked for."
          : nil,
        charted.rows.ranksPerRow > 1 ? "A row is \(charted.rows.ranksPerRow) neighbouring ranks." : nil,
      ].compactMap(\.self))
  }
}

extension ChartedResult {
  /// Steps from one that is shown to the next.
  var stepsApart: Int {
    guard let shown = details?.stepsShown, shown.count > 1 else { return 1 }
    return shown[1] - shown[0]
  }

  /// Place of the layer told whose hottest rank is hottest under the baseline, in the mean over the steps shown.
  var mostUneven: Int {
    let layers = baseline?.details?.layers ?? []
    return layers.indices.max { Self.hottest(layers[$0].tokens) < Self.hottest(layers[$1].tokens) } ?? 0
  }

  /// Most loaded row over the mean one, mean over steps with load; 1 without.
  ///
  /// - Parameter tokens: `[steps][rows]`.
  static func hottest(_ tokens: [[Int]]) -> Double {
    let ratios = tokens.compactMap { step -> Double? in
      let sum = step.reduce(0, +)
      return sum > 0 ? Double((step.max() ?? 0) * step.count) / Double(sum) : nil
    }
    return ratios.isEmpty ? 1 : ratios.reduce(0, +) / Double(ratios.count)
  }

  fileprivate func rankStepsReading(layer: Int) -> String {
    let number = details?.layers[layer] ?? 0
    let hottest = list { policy in
      policy.details.map { "\(Readable.significant(Self.hottest($0.layers[layer].tokens))) times the mean" }
    }
    return
      "In layer \(number) the hottest \(rows.ranksPerRow == 1 ? "rank" : "row") of a step has on average: \(hottest)."
  }

  fileprivate func rankSteps(
    _ policy: Policy, _ layers: [PolicyResult.Details.LayerLoad], shown: Int, _ details: ReplayDetails
  ) -> Drawing.Panel {
    let tokens = layers[shown].tokens
    let (columns, rows) = (tokens.count, tokens[0].count)
    let plot = Plot(
      x: Axis(positions: "step", count: columns, each: stepsApart),
      y: Axis(rows: "rank", count: rows) { "\($0 * details.ranksPerRow)" }, width: Drawing.width(of: detailed.count),
      height: rows > 24 ? 300 : 220)
    let means = tokens.map { Double($0.reduce(0, +)) / Double(rows) }
    let marks = HeatMarks(columns: columns, rows: rows) { row, column in
      means[column] > 0 ? HeatScale.shade(Double(tokens[column][row]) / means[column]) : HeatScale.even
    }
    let largest = layers.reduce(0) { max($0, $1.tokens.reduce(0) { max($0, $1.max() ?? 0) }) }
    var data = HeatData(kind: "column", row: rowName, column: "step")
    data.name = policy.name
    data.policy = policy.series.colour
    data.each = stepsApart
    data.rowNames = (0..<rows).map { $0 * details.ranksPerRow }
    func cells(_ tokens: [[Int]]) -> HeatData.Cells {
      HeatData.Cells((0..<rows).flatMap { row in tokens.map { $0[row] } }, largest: largest)
    }
    data.cells = cells(tokens)
    var hidden = Markup()
    for (place, layer) in layers.enumerated() where layers.count > 1 {
      hidden.add("i", ["data-layer": "\(place)", "data-cells": cells(layer.tokens).text], Markup())
    }
    let picture = plot.svg(
      label: "Tokens of every rank in every step under \(policy.name)",
      cursor: Cursor("step", count: columns, each: stepsApart),
      marks.svg(in: plot, data: data, rowLines: nodeLines))
    return .init(title: policy.name, policy: policy.series.colour, picture: picture, hidden: hidden)
  }
}

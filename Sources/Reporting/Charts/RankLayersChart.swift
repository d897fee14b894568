import Charts
import Replay

extension ResultChart {
  /// The load of every rank and layer, a grid for each policy, all by one scale.
  static let rankLayers = ResultChart(
    "rank-layers", "Load of every rank, layer by layer",
    missing: "The result does not tell layers: make it with replay --format json --by-layer or --details.", isWide: true
  ) { charted in
    let told = charted.policies.compactMap { policy in policy.policy.perLayer.map { (policy, $0) } }
    guard let first = told.first?.1, !first.isEmpty,
      told.allSatisfy({ $0.1.count == first.count && $0.1.allSatisfy { $0.rankTokens.count == charted.ranks } })
    else { return nil }
    let hottest = told.map { policy, layers in (policy, layers.map { charted.hottest($0) }) }
    let reading =
      "Over all steps, the hottest rank of the worst layer has, of the mean rank's tokens: "
      + charted.told.compactMap { policy in
        hottest.first { $0.0.name == policy.name }.flatMap { found in
          found.1.indices.max { found.1[$0] < found.1[$1] }.map {
            "\(policy.name.shortened()) \(Readable.significant(found.1[$0])) times in layer \(first[$0].layer)"
          }
        }
      }.joined(separator: ", ") + "."
    return Drawing(
      reading: reading, panels: told.map { policy, layers in charted.rankLayers(policy, layers) },
      legend: Drawing.heatLegend,
      notes: ["Tokens are summed over steps: what is hot in one and cold in another evens out here, and not above."])
  }
}

extension ChartedResult {
  /// Most loaded rank over the mean; 1 without load.
  fileprivate func hottest(_ layer: PolicyResult.Layer) -> Double {
    let sum = layer.rankTokens.reduce(0, +)
    return sum > 0 ? (layer.rankTokens.max() ?? 0) * Double(layer.rankTokens.count) / sum : 1
  }

  fileprivate func rankLayers(_ policy: Policy, _ layers: [PolicyResult.Layer]) -> Drawing.Panel {
    let loads = layers.map { rows.sums(of: $0.rankTokens) }
    let columns = loads[0].count
    let means = loads.map { $0.reduce(0, +) / Double(columns) }
    let plot = Plot(
      x: Axis(columns: "rank", count: columns) { [rows] in "\($0 * rows.ranksPerRow)" },
      y: Axis(rows: "layer", count: layers.count) { "\(layers[$0].layer)" }, width: Drawing.width(of: policies.count),
      height: layers.count > 24 ? 300 : 220)
    let marks = HeatMarks(columns: columns, rows: loads.count) { row, column in
      means[row] > 0 ? HeatScale.shade(loads[row][column] / means[row]) : HeatScale.even
    }
    var data = HeatData(kind: "row", row: "layer", column: rowName)
    data.name = policy.name
    data.policy = policy.series.colour
    data.rowNames = layers.map(\.layer)
    data.each = rows.ranksPerRow
    data.cells = .init(loads.flatMap { $0.map { Int(min($0, 1e15).rounded()) } })
    let picture = plot.svg(
      label: "Tokens of every rank and layer under \(policy.name)",
      marks.svg(in: plot, data: data, columnLines: nodeLines))
    return .init(title: policy.name, policy: policy.series.colour, picture: picture)
  }
}

import Charts
import Replay

extension ResultChart {
  /// Bytes from every rank to every other, a grid for each policy.
  static let traffic = ResultChart(
    "traffic", "Who sends to whom", missing: needsDetails, isWide: true
  ) { charted in
    let found = charted.detailed
    guard let before = found.first?.details.dispatchBytes, before.count > 1 else { return nil }
    let pairs = Double(before.count * (before.count - 1))
    let mean = before.reduce(0) { $0 + $1.reduce(0, +) } / pairs
    guard mean > 0 else { return nil }
    let busiest = charted.list { policy in
      policy.details.map { details in
        let received = details.dispatchBytes.indices.map { column in
          details.dispatchBytes.reduce(0) { $0 + $1[column] }
        }
        let sum = received.reduce(0, +)
        return sum > 0
          ? "\(Readable.significant((received.max() ?? 0) * Double(received.count) / sum)) times" : "nothing"
      }
    }
    let reading = "Over all steps and layers the rank that receives most has, of the mean one's bytes: \(busiest)."
    return Drawing(
      reading: reading, panels: found.map { charted.traffic($0.policy, $0.details.dispatchBytes, mean: mean) },
      legend: Drawing.heatLegend,
      notes: [
        "Bytes of dispatch over the mean pair's under the baseline, \(Readable.bytes(mean)); combine sends them back.",
        charted.nodeLines.isEmpty ? nil : "Lines are where nodes begin.",
        charted.rows.ranksPerRow > 1 ? "A row is \(charted.rows.ranksPerRow) neighbouring ranks." : nil,
      ].compactMap(\.self))
  }
}

extension ChartedResult {
  fileprivate func traffic(_ policy: Policy, _ bytes: [[Double]], mean: Double) -> Drawing.Panel {
    let count = bytes.count
    let label = { [rows] (place: Int) in "\(place * rows.ranksPerRow)" }
    let plot = Plot(
      x: Axis(columns: "to rank", count: count, label: label), y: Axis(rows: "from rank", count: count, label: label),
      width: 400, height: 390)
    let marks = HeatMarks(columns: count, rows: count) { HeatScale.shade(bytes[$0][$1] / mean) }
    var data = HeatData(kind: "all", row: "from \(rowName)", column: "to \(rowName)")
    data.name = policy.name
    data.policy = policy.series.colour
    data.quantity = .bytes
    data.mean = mean
    data.rowNames = (0..<count).map { $0 * rows.ranksPerRow }
    data.each = rows.ranksPerRow
    data.cells = .init(bytes.flatMap { $0.map { Int(min($0, 1e15).rounded()) } })
    let picture = plot.svg(
      label: "Bytes from every rank to every other under \(policy.name)",
      marks.svg(in: plot, data: data, rowLines: nodeLines, columnLines: nodeLines))
    return .init(title: policy.name, policy: policy.series.colour, picture: picture)
  }
}

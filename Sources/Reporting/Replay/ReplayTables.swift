import PerformanceModel
import Replay

/// The tables that people read.
extension ReplayReport {
  var heading: [ReportBlock] {
    let trace = result.trace
    let cluster = result.cluster
    let shape = [
      Readable.count(trace.steps, "step"), Readable.count(trace.tokens, "token"),
      Readable.count(trace.layers, "layer"), Readable.count(trace.experts, "expert"), "top-\(trace.topK)",
    ].joined(separator: ", ")
    let nodes = cluster.ranks / cluster.ranksPerNode
    return [
      .line("Trace    \(trace.name)\(trace.origin.map { " (\($0))" } ?? ""): \(shape)"),
      .line(
        "Cluster  \(cluster.name): \(Readable.count(cluster.ranks, "rank")) on \(Readable.count(nodes, "node")), "
          + "model \(result.model.name), all-to-all '\(result.allToAll)'"),
    ]
  }

  /// Time before and after: a row for each policy.
  var answer: TextTable { table(of: columns(in: .answer)) { $0.name + ($0.causal ? "" : " *") } }

  /// What the time of the MoE layers is made of and between which bounds it lies, when that was asked for.
  var bounds: [ReportBlock] {
    isWide ? [.line(), .table(table(of: columns(in: .bounds), name: \.name))] : []
  }

  /// End-to-end estimates, when the replay was told the context.
  var serving: [ReportBlock] {
    guard result.policies.contains(where: { $0.serving != nil }) else { return [] }
    var table = table(of: columns(in: .serving), name: \.name)
    table.columns.append(.left("Layers bound by"))
    for (row, policy) in result.policies.enumerated() {
      table.rows[row].append(policy.roofline.map(Self.layersByBottleneck) ?? Readable.nothing)
    }
    return [.line(), .table(table)]
  }

  /// A row for each layer, two columns for each policy, when layers were asked for.
  var layers: [ReportBlock] {
    let columns = result.policies.compactMap { policy in policy.perLayer.map { (policy.name, $0) } }
    guard let first = columns.first?.1 else { return [] }
    let table = TextTable(
      style: .ruled, columns: [.right("Layer")] + columns.flatMap { [.right($0.0), .right("Balance")] },
      rows: first.indices.map { row in
        [String(first[row].layer)]
          + columns.flatMap { [Readable.time($0.1[row].comm), Readable.ratio($0.1[row].balancedness)] }
      })
    return [.line(isDetail: true), .table(table, isDetail: true)]
  }

  /// How far each policy's predictions were from what came.
  var predictions: String? {
    let policies = result.policies.compactMap { policy in
      policy.prediction.map { prediction in
        "\(policy.name) \(Readable.percent(prediction.errorMean)) (\(Readable.percent(prediction.errorMax)))"
          + (prediction.accuracy.map { ", \(Readable.percent($0)) of visits foreseen" } ?? "")
      }
    }
    guard !policies.isEmpty else { return nil }
    return "Distribution error of predictions, mean (worst layer): " + policies.joined(separator: "; ") + "."
  }

  /// How the columns are read.
  var legend: [ReportBlock] {
    let shown =
      columns(in: .answer) + (isWide ? columns(in: .bounds) : []) + (serving.isEmpty ? [] : columns(in: .serving))
    let sentences = shown.map { "\($0.column.title): \($0.column.legend ?? $0.figure.reading)." }
    let isAhead = result.policies.contains { !$0.causal }
    return [.paragraph(sentences.joined(separator: " "))]
      + (isAhead ? [.line("* looks ahead: a yardstick, not a policy.")] : [])
  }

  /// The figures that a table shows, if they apply to any policy.
  private func columns(in table: Figure.Column.Table) -> [(figure: Figure, column: Figure.Column)] {
    Figure.all.compactMap { figure in
      guard let column = figure.column, column.table == table,
        result.policies.contains(where: { figure.value($0).map { $0 != 0 || !column.hidesZeros } ?? false })
      else { return nil }
      return (figure, column)
    }
  }

  private func table(
    of columns: [(figure: Figure, column: Figure.Column)], name: (PolicyResult) -> String
  ) -> TextTable {
    TextTable(
      style: .ruled,
      columns: [.left("Policy")]
        + columns.map { TextTable.Column(title: $0.column.title, alignment: $0.column.alignment) },
      rows: result.policies.map { policy in
        [name(policy)]
          + columns.map { figure, column in
            let text = column.cell.map { $0(policy, result) } ?? figure.text(of: policy, in: result)
            return text ?? Readable.nothing
          }
      })
  }

  /// `memory 40, communication 18`: the most frequent first.
  private static func layersByBottleneck(_ roofline: PolicyResult.Roofline) -> String {
    Dictionary(grouping: roofline.layers, by: \.boundBy)
      .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
      .map { "\($0.key) \($0.value.count)" }.joined(separator: ", ")
  }
}

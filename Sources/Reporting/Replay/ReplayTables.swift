import Replay

/// The tables that people read: a row for each policy on each machine.
extension ReplayReport {
  typealias ShownFigure = (figure: Figure, column: Figure.Column)

  /// Time before and after.
  var answer: TextTable {
    var table = table(of: columns(in: .answer)) { $0.name + ($0.causal ? "" : " *") }
    let totals = results.flatMap { $0.policies.map(\.time.total) }
    let most = totals.max() ?? 0
    if most > 0 { table.bars = totals.map { $0 / most } }
    return table
  }

  /// What the time of the MoE layers is made of and between which bounds it lies, when that was asked for.
  var bounds: [ReportBlock] {
    isWide ? [.line(), .table(table(of: columns(in: .bounds), name: \.name))] : []
  }

  /// End-to-end estimates, when the replay was told the context.
  var serving: [ReportBlock] {
    let policies = results.flatMap(\.policies)
    guard policies.contains(where: { $0.serving != nil }) else { return [] }
    var table = table(of: columns(in: .serving), name: \.name)
    table.columns.append(.left("Layers bound by"))
    for (row, policy) in policies.enumerated() {
      table.rows[row].append(policy.roofline.map(Self.layersByBottleneck) ?? Readable.nothing)
    }
    return [.line(), .table(table)]
  }

  /// For each machine a row for each layer, two columns for each policy, when layers were asked for.
  var layers: [ReportBlock] {
    results.flatMap { result -> [ReportBlock] in
      let columns = result.policies.compactMap { policy in policy.perLayer.map { (policy.name, $0) } }
      guard let first = columns.first?.1 else { return [] }
      let table = TextTable(
        style: .ruled, columns: [.right("Layer")] + columns.flatMap { [.right($0.0), .right("Balance")] },
        rows: first.indices.map { row in
          [String(first[row].layer)]
            + columns.flatMap { [Readable.time($0.1[row].comm), Readable.ratio($0.1[row].balancedness)] }
        })
      let machine = areSeveral ? [ReportBlock.line("\(result.machine):", isDetail: true)] : []
      return [.line(isDetail: true)] + machine + [.table(table, isDetail: true)]
    }
  }

  /// The figures that a table shows, if they apply to any policy.
  func columns(in table: Figure.Column.Table) -> [ShownFigure] {
    Figure.all.compactMap { figure in
      guard let column = figure.column, column.table == table,
        results.contains(where: {
          $0.policies.contains { figure.value($0).map { $0 != 0 || !column.hidesZeros } ?? false }
        })
      else { return nil }
      return (figure, column)
    }
  }

  private func table(of columns: [ShownFigure], name: (PolicyResult) -> String) -> TextTable {
    let rows = results.flatMap { result in result.policies.map { (result, $0) } }
    let machine: [TextTable.Column] = areSeveral ? [.left("Cluster"), .right("Ranks")] : []
    let shown = columns.map { shownColumn($0, of: rows) }
    return TextTable(
      style: .ruled, labels: machine.count + 1, columns: machine + [.left("Policy")] + shown.map(\.column),
      rows: rows.enumerated().map { row, of in
        (areSeveral ? [of.0.cluster.name, String(of.0.cluster.ranks)] : []) + [name(of.1)] + shown.map { $0.cells[row] }
      })
  }

  /// A figure of every policy, in one unit that stands beside the title.
  private func shownColumn(
    _ shown: ShownFigure, of rows: [(ReplayResult, PolicyResult)]
  ) -> (column: TextTable.Column, cells: [String]) {
    let (figure, column) = shown
    let values = rows.map { result, policy in
      figure.isComparison && policy.name == result.baseline ? nil : figure.value(policy)
    }
    let scale = figure.unit.scale(largest: values.compactMap { $0.map(abs) }.max() ?? 0)
    var titled = TextTable.Column.right(column.title + (scale.name.map { " \($0)" } ?? ""))
    titled.importance = column.importance
    if figure.unit == .speed { titled.tones = values.map { $0.flatMap { $0 == 0 ? nil : $0 > 0 ? .good : .bad } } }
    let cells = zip(rows, values).map { row, value in
      guard let value else { return Readable.nothing }
      return column.cell.map { $0(row.1, row.0, scale) ?? Readable.nothing } ?? scale.text(value)
    }
    return (titled, cells)
  }

  /// `memory 40, communication 18`: the most frequent first.
  private static func layersByBottleneck(_ roofline: PolicyResult.Roofline) -> String {
    Dictionary(grouping: roofline.layers, by: \.boundBy)
      .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
      .map { "\($0.key) \($0.value.count)" }.joined(separator: ", ")
  }
}

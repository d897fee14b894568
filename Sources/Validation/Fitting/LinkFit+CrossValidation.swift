import PerformanceModel

extension LinkFit {
  /// For each group size of a table of All-to-Alls on one machine whose kernels do nothing but send: errors on its rows when the links are fitted
  /// to all other sizes; sizes that the others tell nothing of are left out.
  static func crossValidate(_ table: MeasurementTable) throws -> [ErrorSummary] {
    guard table.machines.count == 1, let machine = table.machines.first, isFor(machine, table.kind) else { return [] }
    let sizes = Set(table.rows.map(\.ranks)).sorted()
    guard sizes.count > 1 else { return [] }
    return try sizes.compactMap { size in
      let fit = try LinkFit(table: table) { $0.ranks != size }
      let nodes = try machine.resized(ranks: size).nodes
      let predictions = try table.predictions(on: [fit.cluster])
        .filter { $0.row.ranks == size && fit.covers($0.row.operation, nodes: nodes) }
      let label = "ranks \(size), links fitted to the other sizes"
      return predictions.isEmpty ? nil : ErrorSummary(label: label, predictions: predictions)
    }
  }
}

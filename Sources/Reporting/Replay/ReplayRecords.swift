import Replay

/// The figures for spreadsheets.
extension ReplayReport {
  /// What names the machine in a row, before the policy; nothing where there is one machine.
  private var machineColumns: [String] { areSeveral ? ["cluster", "ranks"] : [] }

  private func machineCells(_ result: ReplayResult) -> [String] {
    areSeveral ? [result.cluster.name, String(result.cluster.ranks)] : []
  }

  /// A row for each policy.
  var policyRecords: Records {
    let columns =
      Figure.all
      .filter { figure in results.contains { $0.policies.contains { figure.value($0) != nil } } }
      .map { figure in (path: figure.path, cell: { (policy: PolicyResult) in Records.cell(figure.value(policy)) }) }
      + [(path: "causal", cell: { (policy: PolicyResult) in String(policy.causal) })]
    let sorted = columns.sorted { $0.path < $1.path }
    return Records(
      columns: machineColumns + ["policy"] + sorted.map(\.path),
      rows: results.flatMap { result in
        result.policies.map { policy in machineCells(result) + [policy.name] + sorted.map { $0.cell(policy) } }
      })
  }

  /// A row for each layer of each policy.
  var layerRecords: Records {
    get throws {
      let layers = results.flatMap { result in
        result.policies.flatMap { policy in (policy.perLayer ?? []).map { (result, policy, $0) } }
      }
      let records = try Records(
        layers.map { _, policy, layer in
          (labels: ["policy": policy.name, "layer": "\(layer.layer)"], value: layer as any Encodable)
        })
      return Records(
        columns: machineColumns + records.columns,
        rows: zip(layers, records.rows).map { machineCells($0.0) + $1 })
    }
  }
}

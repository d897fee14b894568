import Diagnostics
import PerformanceModel

extension MeasurementKind {
  /// Dispatch and combine, a column each, or a row each with `operation`.
  public static let allToAll = MeasurementKind(
    name: "all-to-all", summary: "dispatch and combine of one layer; tokens of a rank", required: ["ranks", "tokens"],
    optional: ["dtype", "operation", "phase"] + LoadFact.ofPorts.map(\.rawValue),
    measured: ["dispatch_us", "combine_us", "us"], hasTraffic: true, hasExperts: false, tokensArePerRank: true,
    operations: operations(of:)
  ) { row, machine in
    let cost = try row.allToAllCost(on: machine, isLowPrecision: row.row.operation == .combineLowPrecision)
    return row.row.operation == .dispatch ? cost.dispatch : cost.combine
  }

  private static let named: [MeasurementTable.Operation] = [.dispatch, .combine, .combineLowPrecision]

  private static func operations(
    of cells: TableCells
  ) throws(InputError) -> [(MeasurementTable.Operation, column: String)] {
    let wide: [(MeasurementTable.Operation, column: String)] = [(.dispatch, "dispatch_us"), (.combine, "combine_us")]
    let found = wide.filter { cells.columns[$0.column] != nil }
    guard cells.columns["us"] != nil else {
      guard cells.text("operation") == nil else { throw cells.error("operation without a column us", at: "operation") }
      return found
    }
    guard found.isEmpty else { throw cells.error("us beside \(found[0].column); keep one") }
    let name = try cells.required("operation")
    guard let operation = named.first(where: { $0.rawValue == name }) else {
      let known = suggestion(for: name, in: named.map(\.rawValue))
      throw cells.error("unknown operation '\(name)'\(known)", at: "operation")
    }
    return [(operation, column: "us")]
  }
}

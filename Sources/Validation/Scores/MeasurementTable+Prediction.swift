import PerformanceModel

extension MeasurementTable {
  /// What the models predict for every row.
  ///
  /// - Parameter machines: in place of the table's, in their order.
  /// - Throws: `InputError` with the line of a row that the machines cannot have.
  func predictions(on machines: [Cluster]? = nil) throws -> [Prediction] { try predictions(of: rows, on: machines) }

  func predictions(of rows: [Row], on machines: [Cluster]? = nil) throws -> [Prediction] {
    let machines = machines ?? self.machines
    return try PreparedRows(rows, of: self, on: machines).predictions { machines[$0] }
  }
}

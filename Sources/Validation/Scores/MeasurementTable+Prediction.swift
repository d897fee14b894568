import Diagnostics
import PerformanceModel

extension MeasurementTable {
  /// What the models predict for every row.
  ///
  /// - Parameter machines: in place of the table's, in their order.
  /// - Throws: `InputError` with the line of a row that the machines cannot have.
  func predictions(on machines: [Cluster]? = nil) throws -> [Prediction] { try predictions(of: rows, on: machines) }

  func predictions(of rows: [Row], on machines: [Cluster]? = nil) throws -> [Prediction] {
    let machines = machines ?? self.machines
    return try rows.map { row in
      do {
        return try prediction(of: row, on: machines[row.machine].resized(ranks: row.ranks))
      } catch let error as InputError {
        throw InputError(error.message, in: name, at: .init(line: row.line), status: error.status)
      }
    }
  }

  private func prediction(of row: Row, on cluster: Cluster) throws -> Prediction {
    func time(under draw: DrawnLoad?) throws -> Double {
      try kind.predict(PricedRow(row: row, cluster: cluster, gate: gate, draw: draw))
    }
    guard !row.load.draws.isEmpty else { return Prediction(row: row, predicted: try time(under: nil)) }
    let times = try row.load.draws.map(time(under:))
    let mean = times.reduce(0, +) / Double(times.count)
    let squares = times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return Prediction(
      row: row, predicted: mean,
      spread: times.count > 1 ? (squares / Double(times.count - 1)).squareRoot() : nil)
  }
}

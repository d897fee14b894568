import Diagnostics
import PerformanceModel

/// Rows of a table with what no figure of their machines changes worked out once, so that they can be priced often.
struct PreparedRows {
  private struct Setting: Hashable {
    let machine: Int
    let ranks: Int
    let model: ModelShape
  }

  private struct Entry {
    /// Index in the settings.
    let setting: Int
    /// One for each load that the row may have been measured under.
    let loads: [PreparedRow]
  }

  let rows: [MeasurementTable.Row]
  private let table: String
  private let kind: MeasurementKind
  /// What rows are priced on, and the line of the first that is.
  private let settings: [(Setting, line: Int)]
  private let entries: [Entry]

  /// - Parameter machines: in the table's order.
  /// - Throws: `InputError` with the line of a row that its machine cannot have.
  init(_ rows: [MeasurementTable.Row], of table: MeasurementTable, on machines: [Cluster]) throws {
    let (name, kind, gate) = (table.name, table.kind, table.gate)
    var indices: [Setting: Int] = [:]
    var settings: [(Setting, line: Int)] = []
    var sized: [SizedMachine] = []
    var entries: [Entry] = []
    for row in rows {
      let setting = Setting(machine: row.machine, ranks: row.ranks, model: row.model)
      try Self.naming(table: name, line: row.line) {
        let index = indices[setting] ?? settings.count
        if index == settings.count {
          sized.append(
            try SizedMachine(machines[row.machine], ranks: row.ranks, model: row.model, kind: kind))
          settings.append((setting, row.line))
          indices[setting] = index
        }
        let draws: [DrawnLoad?] = row.load.draws.isEmpty ? [nil] : row.load.draws
        let loads = try draws.map { try PreparedRow(row, kind, on: sized[index], gate: gate, draw: $0) }
        entries.append(Entry(setting: index, loads: loads))
      }
    }
    self.rows = rows
    self.table = name
    self.kind = kind
    self.settings = settings
    self.entries = entries
  }

  /// Microseconds of each row under each of its loads.
  ///
  /// - Parameter machine: the machine of an index, which differs in its figures alone from the one prepared for.
  func times(on machine: (Int) -> Cluster) throws -> [[Double]] {
    let sized = try settings.map { setting, line in
      try Self.naming(table: table, line: line) {
        try SizedMachine(machine(setting.machine), ranks: setting.ranks, model: setting.model, kind: kind)
      }
    }
    return try entries.map { entry in
      try Self.naming(table: table, line: entry.loads[0].row.line) {
        try entry.loads.map { try kind.predict($0, sized[entry.setting]) }
      }
    }
  }

  /// Microseconds of each row, a mean over its loads.
  func means(on machine: (Int) -> Cluster) throws -> [Double] {
    try times(on: machine).map { $0.count == 1 ? $0[0] : $0.reduce(0, +) / Double($0.count) }
  }

  /// Means over the loads that a row may have been measured under, and their spread.
  func predictions(on machine: (Int) -> Cluster) throws -> [Prediction] {
    zip(rows, try times(on: machine)).map { row, times in
      let mean = times.reduce(0, +) / Double(times.count)
      let squares = times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let isSpread = times.count > 1
      return Prediction(
        row: row, predicted: isSpread ? mean : times[0],
        spread: isSpread ? (squares / Double(times.count - 1)).squareRoot() : nil)
    }
  }

  private static func naming<Result>(table: String, line: Int, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as InputError {
      throw InputError(error.message, in: table, at: .init(line: line), status: error.status)
    }
  }
}

import ExpertReplay
import Testing

/// How far off prices of communication may be, as kernels' files say, is how far off rows are that no fit has seen: fixed
/// below a table's split, rate from it on.
@Suite struct CommunicationWidthTests {
  struct Case: Sendable {
    var table: String
    /// The rows: all that were not fitted, or those of a number of ranks.
    var ranks: Int?
  }

  static let cases = [
    Case(table: "deepep-low-latency"), Case(table: "deepep-normal"), Case(table: "nccl"),
    Case(table: "gb200-trtllm-one-sided", ranks: 32), Case(table: "gb200-trtllm-two-sided", ranks: 32),
  ]

  @Test(arguments: cases) func `widths are those of rows that were not fitted`(example: Case) throws {
    let (path, text) = try PresetCatalog.validation.load(example.table)
    let table = try MeasurementTable(
      csv: text, name: path, machine: { try Machine($0) }, model: ModelShape.init(named:))
    let split = try #require(table.split)
    let left = try ValidatedTable(of: table).predictions
      .filter { $0.row.use == .leftOut && $0.row.ranks == example.ranks ?? $0.row.ranks }
    for (index, machine) in table.machines.enumerated() {
      let width = machine.uncertainty.communication
      let rows = left.filter { $0.row.machine == index }
      for (stated, isLarge) in [(width.fixed, false), (width.rate, true)] {
        let errors = rows.filter { ($0.row.tokens >= split) == isLarge }.compactMap(\.logError)
        #expect(errors.count > 3)
        let rms = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
        let isNear = stated.map { abs($0 / rms - 1) <= 0.1 || abs($0 - rms) <= 0.005 } == true
        #expect(isNear, "\(machine.name): \(rms) \(isLarge ? "from" : "below") \(split) tokens")
      }
    }
  }
}

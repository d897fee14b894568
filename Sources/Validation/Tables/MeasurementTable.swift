import Containers
import Diagnostics
import PerformanceModel

/// Measured times of All-to-Alls, expert kernels, layers or steps, with what a model must know to predict them.
///
/// A CSV file whose first lines start with `#` and hold YAML (`FrontMatter`), then a header line and rows. What a table
/// may hold is said by its `MeasurementKind`; a column whose value is the same in all rows may stand in the front matter
/// instead. docs/measuring.md lists them.
public struct MeasurementTable: Sendable {
  /// Tokens of a row.
  package static let maximumTokens = 1_000_000_000

  public let name: String
  public let source: String
  public let note: String?
  public let kind: MeasurementKind
  /// What the rows were measured on; rows name them by index.
  public let machines: [Cluster]
  public let gate: Gate
  /// Tokens from which errors are reported apart.
  public let split: Int?
  /// What a gain is measured by; nil when the table says nothing of it.
  public let gain: GainRule?
  /// Columns and constants, by which rows are told apart; `Row.cells` are in this order.
  public let columns: [String]
  /// Columns that the front matter says are there and not used.
  public let ignored: [String]
  public let rows: [Row]

  /// - Parameters:
  ///   - machine: makes the machine that a row names.
  ///   - model: reads the model file of a name.
  ///   - context: tokens that a token attends to in measured steps, where the table does not say.
  ///   - without: columns that are passed over, as if the table said that they are to be ignored.
  /// - Throws: `InputError` with the line of what is missing, unknown or not a number above 0.
  public init(
    csv text: String, name: String, machine: (MachineName) throws -> Machine,
    model: (String) throws -> ModelShape, context: Int? = nil, without: [String] = []
  ) throws {
    let reader = CSVReader(text: text, name: name)
    // As many lines as in the file, so that errors name the right one.
    var lines: [String] = []
    var header = try reader.next()
    while let row = header, row.text.hasPrefix("#") {
      lines += Array(repeating: "", count: row.line - 1 - lines.count)
      lines.append(String(row.text.dropFirst().trimmingPrefix(" ")))
      header = try reader.next()
    }
    let whole = try FrontMatter(Settings(parsing: lines.joined(separator: "\n"), name: name))
    guard let header else { throw InputError("no header line", in: name) }
    let known = header.cells + whole.constants.keys
    for column in without where !known.contains(column) {
      throw InputError(
        "no column '\(column)' to do without\(suggestion(for: column, in: known))", in: name, status: .usage)
    }
    let front = whole.ignoring(without)
    let found = try TableHeader(header, front: front, name: name)
    var rows = RowReader(front: front, header: found, name: name, context: context)
    while let line = try reader.next() { try rows.read(line, machine: machine, model: model) }
    guard !rows.rows.isEmpty else { throw InputError("no measurements", in: name) }

    self.name = name
    source = front.source
    note = front.note
    kind = front.kind
    machines = rows.machines
    gate = front.gate
    split = front.split
    gain = front.gain
    columns = found.names + front.constants.keys.sorted()
    ignored = front.ignored
    self.rows = rows.rows
    try gain?.check(columns: columns, in: name)
  }
}

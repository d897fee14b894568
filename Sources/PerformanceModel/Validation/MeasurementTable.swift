import Containers
import Diagnostics

/// Measured times of All-to-Alls or expert kernels, with what a model must know to predict them.
///
/// A CSV file whose first lines start with `#` and hold YAML: `source`, `cluster`, `model`, `kind: all-to-all | experts`,
/// optional `gate: uniform | perfect`, `dispatch`, `combine` (as in model files, in place of the model's), `split` (a number
/// of tokens at which errors are reported apart) and `note`. Then a header line and rows; the columns, in any order:
///
/// - all-to-all: `ranks`, `tokens` (per rank), `experts` (optional), `dispatch_us` and `combine_us` (either may be absent)
/// - experts: `phase` (prefill or decode), `ranks`, `tokens` (of the whole group), `us`
/// - both: `fitted` (optional): `yes` when the row was used to fit the cluster file, `suspect` when the figure is doubted
public struct MeasurementTable: Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case allToAll = "all-to-all"
    case experts
  }

  /// What a measurement is of.
  public enum Operation: String, Sendable { case dispatch, combine, prefill, decode }

  /// How a row relates to the cluster file that predicts it.
  public enum Use: String, CaseIterable, Sendable {
    /// The cluster's figures were fitted to it.
    case fitted = "yes"
    case leftOut = "no"
    /// Left out, and probably not what it says it is.
    case suspect
  }

  public struct Row: Equatable, Sendable {
    public var line: Int
    public var ranks: Int
    /// Per rank for All-to-Alls, of the whole group for experts.
    public var tokens: Int
    public var experts: Int
    public var operation: Operation
    /// Microseconds.
    public var measured: Double
    public var use: Use
  }

  /// Tokens of a row.
  package static let maximumTokens = 1_000_000_000

  public let name: String
  public let source: String
  public let note: String?
  public let kind: Kind
  public let cluster: Cluster
  public let model: ModelShape
  public let gate: Gate
  /// Tokens from which errors are reported apart.
  public let split: Int?
  public let rows: [Row]

  /// - Parameters:
  ///   - cluster: reads the cluster file of a name.
  ///   - model: reads the model file of a name.
  /// - Throws: `InputError` with the line of what is missing, unknown or not a number above 0.
  public init(
    csv text: String, name: String, cluster: (String) throws -> Cluster, model: (String) throws -> ModelShape
  ) throws {
    let reader = CSVReader(text: text, name: name)
    // As many lines as in the file, so that errors name the right one.
    var front: [String] = []
    var header = try reader.next()
    while let row = header, row.text.hasPrefix("#") {
      front += Array(repeating: "", count: row.line - 1 - front.count)
      front.append(String(row.text.dropFirst().trimmingPrefix(" ")))
      header = try reader.next()
    }
    let settings = try Settings(parsing: front.joined(separator: "\n"), name: name)
    self.name = name
    source = try settings.string("source")
    note = try settings.optionalString("note")
    let kind = Kind(rawValue: try settings.choice("kind", of: Kind.allCases.map(\.rawValue))) ?? .allToAll
    self.kind = kind
    self.cluster = try cluster(settings.string("cluster"))
    var shape = try model(settings.string("model"))
    gate =
      try settings.contains("gate")
      ? Gate(rawValue: settings.choice("gate", of: Gate.allCases.map(\.rawValue))) ?? .uniform : .uniform
    if let dispatch = try settings.optionalSection("dispatch") {
      shape.payload.dispatchBytes = try ModelShape.Copy(dispatch, hidden: shape.hidden).bytes
    }
    if let combine = try settings.optionalSection("combine") {
      shape.payload.combineBytes = try ModelShape.Copy(combine, hidden: shape.hidden).bytes
    }
    self.model = shape
    split = try settings.optionalInteger("split", in: 1...Self.maximumTokens)
    try settings.rejectUnknownKeys()

    guard let header else { throw InputError("no header line", in: name) }
    let table = try RowReader(below: header, in: reader, name: name)
    try table.requireColumns(of: kind)
    rows = try table.rows(kind: kind, experts: shape.experts)
    guard !rows.isEmpty else { throw InputError("no measurements", in: name) }
  }
}

/// Reads the lines below the front matter.
private struct RowReader {
  private let reader: CSVReader
  private let headerLine: Int
  private let name: String
  private let columns: [String: Int]

  static let columnsOfAll = ["ranks", "tokens", "experts", "dispatch_us", "combine_us", "phase", "us", "fitted"]

  init(below header: CSVRow, in reader: CSVReader, name: String) throws(InputError) {
    self.reader = reader
    self.name = name
    headerLine = header.line
    var columns: [String: Int] = [:]
    for (index, cell) in header.cells.enumerated() {
      let place = InputError.Place(line: header.line)
      guard Self.columnsOfAll.contains(cell) else {
        throw InputError("unknown column '\(cell)'\(suggestion(for: cell, in: Self.columnsOfAll))", in: name, at: place)
      }
      guard columns.updateValue(index, forKey: cell) == nil else {
        throw InputError("column '\(cell)' twice", in: name, at: place)
      }
    }
    self.columns = columns
  }

  func requireColumns(of kind: MeasurementTable.Kind) throws(InputError) {
    let required = kind == .allToAll ? ["ranks", "tokens"] : ["phase", "ranks", "tokens", "us"]
    for column in required where columns[column] == nil {
      throw InputError("no column '\(column)'", in: name, at: .init(line: headerLine))
    }
    guard kind == .experts || columns["dispatch_us"] != nil || columns["combine_us"] != nil else {
      throw InputError("neither dispatch_us nor combine_us", in: name, at: .init(line: headerLine))
    }
  }

  func rows(kind: MeasurementTable.Kind, experts: Int) throws(InputError) -> [MeasurementTable.Row] {
    var rows: [MeasurementTable.Row] = []
    while let line = try reader.next() {
      let cells = line.cells
      guard cells.count == columns.count else {
        throw InputError("\(cells.count) columns, expected \(columns.count)", in: name, at: .init(line: line.line))
      }
      let use = try columns["fitted"].map { column throws(InputError) in try self.use(cells[column], line: line.line) }
      var row = MeasurementTable.Row(
        line: line.line, ranks: try whole("ranks", cells, line: line.line, most: Cluster.maximumRanks),
        tokens: try whole("tokens", cells, line: line.line, most: MeasurementTable.maximumTokens),
        experts: columns["experts"] == nil
          ? experts : try whole("experts", cells, line: line.line, most: ModelShape.maximumExperts),
        operation: .dispatch, measured: 0, use: use ?? .leftOut)
      for (column, operation) in try operations(kind: kind, cells, line: line.line) {
        row.operation = operation
        row.measured = try number(column, cells, line: line.line)
        rows.append(row)
      }
    }
    return rows
  }

  private func operations(
    kind: MeasurementTable.Kind, _ cells: [String], line: Int
  ) throws(InputError) -> [(column: String, operation: MeasurementTable.Operation)] {
    guard kind == .experts else {
      return [("dispatch_us", .dispatch), ("combine_us", .combine)].filter { columns[$0.0] != nil }
    }
    switch cells[columns["phase", default: 0]] {
    case "prefill": return [("us", .prefill)]
    case "decode": return [("us", .decode)]
    case let phase:
      throw InputError("phase '\(phase)', expected prefill or decode", in: name, at: .init(line: line))
    }
  }

  private func use(_ text: String, line: Int) throws(InputError) -> MeasurementTable.Use {
    guard let use = MeasurementTable.Use(rawValue: text) else {
      throw InputError("fitted '\(text)', expected yes, no or suspect", in: name, at: .init(line: line))
    }
    return use
  }

  private func whole(_ column: String, _ cells: [String], line: Int, most: Int) throws(InputError) -> Int {
    let text = cells[columns[column, default: 0]]
    guard let value = Int(text), (1...most).contains(value) else {
      throw InputError("\(column) '\(text)' is not a whole number in 1…\(most)", in: name, at: .init(line: line))
    }
    return value
  }

  private func number(_ column: String, _ cells: [String], line: Int) throws(InputError) -> Double {
    let text = cells[columns[column, default: 0]]
    let range = Dimension.time.range
    guard let value = Double(text), range.contains(value) else {
      let limits = "\(range.lowerBound)…\(range.upperBound)"
      throw InputError("\(column) '\(text)' is not a number in \(limits)", in: name, at: .init(line: line))
    }
    return value
  }
}

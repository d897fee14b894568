import Diagnostics
import Replay

/// The figures of single steps as a table for a notebook: a row for each step and policy, or each of its layers.
///
///     let table = try StepTable("steps.csv")
///     var text = table.head
///     let observer = StepObserver { text += try table.row($0) }
///     let result = try job.runOnAll(steps, observer: observer)
///
/// Columns are named by a figure's path and unit, such as `time.comm [us]`. What does not apply is empty in a CSV, and
/// absent in JSON Lines.
public struct StepTable: Sendable {
  private enum Format: String, CaseIterable {
    case csv, jsonl
  }

  private let format: Format
  private let figures: [Figure]
  private let isByLayer: Bool

  /// - Parameters:
  ///   - path: of the file that the table is for, which ends in `.csv` or `.jsonl` (JSON Lines).
  ///   - isByLayer: whether rows are of layers.
  /// - Throws: `InputError` (usage) for another ending.
  public init(_ path: String, byLayer isByLayer: Bool = false) throws(InputError) {
    guard let format = Format.allCases.first(where: { path.hasSuffix(".\($0.rawValue)") }) else {
      throw InputError("a table of steps is written to a name that ends in .csv or .jsonl", in: path, status: .usage)
    }
    self.format = format
    self.isByLayer = isByLayer
    figures = Figure.ofSteps(byLayer: isByLayer)
  }

  /// What names a row, and then its figures.
  public var columns: [String] {
    ["cluster", "ranks", "policy", "step"] + (isByLayer ? ["layer"] : []) + ["phase", "tokens"]
      + figures.map { "\($0.path) [\($0.unit.ofData)]" }
  }

  /// What the file begins with: the titles of a CSV.
  public var head: String { format == .csv ? Self.line(columns) : "" }

  /// - Throws: what encoding a name throws.
  public func row(_ result: StepResult) throws -> String {
    let numbers = figures.map { Records.cell($0.value(result.policy)) }
    let layer = result.layer.map { [String($0)] } ?? []
    let phase = result.phase?.rawValue ?? ""
    let place = [String(result.step)] + layer
    let (cluster, ranks, policy) = (result.cluster.name, String(result.cluster.ranks), result.policy.name)
    switch format {
    case .csv:
      return Self.line([cluster, ranks, policy] + place + [phase, Records.cell(result.tokens)] + numbers)
    case .jsonl:
      let cells =
        try [Self.quoted(cluster), ranks, Self.quoted(policy)] + place
        + [phase.isEmpty ? "" : Self.quoted(phase), Records.cell(result.tokens)] + numbers
      let pairs = try zip(columns, cells).filter { !$1.isEmpty }.map { "\(try Self.quoted($0)):\($1)" }
      return "{\(pairs.joined(separator: ","))}\n"
    }
  }

  private static func line(_ cells: [String]) -> String { cells.map(csvCell).joined(separator: ",") + "\n" }

  static func quoted(_ text: String) throws -> String { String(try jsonText(text).dropLast()) }
}

import Containers
import Diagnostics

/// One system's file of a plan: how it is written, and how it is read back.
public protocol PlanFormat: Sendable {
  /// A key of its JSON or YAML, or an array of its archive, by which a file is known to be of this format.
  var mark: String { get }
  /// Whether layers may differ in their slots.
  var allowsBudgets: Bool { get }
  /// - Parameters:
  ///   - plan: every expert has a slot in every layer.
  ///   - path: of the file, whose ending may choose between text and archive.
  /// - Throws: `InputError` (usage) for a plan that the system could not load.
  func content(of plan: PlannedPlacement, path: String) throws(InputError) -> [UInt8]
  /// - Parameter content: of a file that has the mark.
  /// - Throws: `InputError` where it is not what this format's files are.
  func plan(in content: [UInt8]) throws(InputError) -> WrittenPlan
}

extension PlanFormat {
  public var allowsBudgets: Bool { false }

  /// `[[…], […]]`, one row a line.
  func rows(_ rows: some Sequence<[some CustomStringConvertible]>) -> String {
    "[\n" + rows.map { "[" + $0.map(\.description).joined(separator: ",") + "]" }.joined(separator: ",\n") + "\n]"
  }
}

extension JSONScanner {
  /// `[[…], […]]` of whole numbers.
  mutating func integerRows() throws(InputError) -> [[Int]] {
    var rows: [[Int]] = []
    try array { scanner throws(InputError) in rows.append(try scanner.integers()) }
    return rows
  }

  mutating func integers() throws(InputError) -> [Int] {
    var row: [Int] = []
    try array { scanner throws(InputError) in row.append(try scanner.integer()) }
    return row
  }
}

import Diagnostics
import Files
import Foundation
import GRDB
import Reporting
import Studies

/// Which rows of a store are looked at, and which of their figures.
public struct StudyQuery: Sendable {
  static let axes = ["trace", "model", "phase", "seed", "cluster", "ranks", "policy"]

  /// Paths such as `time.total`.
  let figures: [String]
  private let conditions: [(axis: String, pattern: String)]

  /// - Parameters:
  ///   - figures: paths of figures, as in the JSON of `replay`.
  ///   - conditions: `AXIS=PATTERN`, all of which have to hold, with `*` and `?` as in a shell.
  /// - Throws: `InputError` (usage) for a figure or an axis that is none, with the closest.
  public init(figures: [String], where conditions: [String] = []) throws(InputError) {
    let known = Figure.all.map(\.path)
    for figure in figures where !known.contains(figure) {
      throw InputError(
        "no such figure\(closestName(to: figure, in: known).map { "; did you mean '\($0)'?" } ?? "; see docs/figures.md")",
        in: "--figure \(figure)", status: .usage)
    }
    self.figures = figures
    self.conditions = try conditions.map { text throws(InputError) in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw InputError("expected AXIS=PATTERN, such as policy=eplb*", in: "--where \(text)", status: .usage)
      }
      guard Self.axes.contains(parts[0]) else {
        throw InputError(
          "nothing that replays differ in\(suggestion(for: parts[0], in: Self.axes))", in: "--where \(text)",
          status: .usage)
      }
      return (parts[0], parts[1])
    }
  }

  /// The figures that every question about a study asks for.
  public static let basic = [
    "time.total", "improvement.total", "steady.total", "steady.totalLow", "steady.totalHigh", "breakEven.seconds",
    "memory.replicaBytesPerRank", "rebalances.movedBytes",
  ]

  /// Rows setting by setting, policies in the order of their names, the baseline first.
  var request: (sql: String, arguments: StatementArguments) {
    let columns =
      StoreSchema.settingColumns + ["policy", "isBaseline", "causal", "finding", "error"]
      + figures.map(StoreSchema.column(of:))
    let tests = conditions.map { "CAST(\($0.axis) AS TEXT) GLOB ?" }
    let order = (StoreSchema.settingColumns + ["isBaseline DESC", "policy"]).joined(separator: ", ")
    return (
      "SELECT \(columns.joined(separator: ", ")) FROM replays"
        + (tests.isEmpty ? "" : " WHERE \(tests.joined(separator: " AND "))") + " ORDER BY \(order)",
      StatementArguments(conditions.map(\.pattern))
    )
  }

  /// A row of `request`.
  ///
  /// - Throws: where a value is missing, or of another kind: a store that somebody else made.
  func row(_ row: Row) throws -> StudyRow {
    func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ index: Int) throws -> Value {
      try row.decode(Value.self, atIndex: index)
    }
    func optional<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ index: Int) throws -> Value? {
      try row.decode(Value?.self, atIndex: index)
    }
    let setting = StudySetting(
      trace: try value(0), model: try value(1), phase: try optional(2), seed: try value(3), cluster: try value(4),
      ranks: try value(5))
    var values: [String: Double] = [:]
    for (index, figure) in figures.enumerated() { values[figure] = try optional(11 + index) }
    let finding: String? = try optional(9)
    return StudyRow(
      setting: setting, policy: try value(6), isBaseline: try value(7), causal: try optional(8),
      finding: finding.flatMap(Finding.init(rawValue:)), error: try optional(10), figures: values)
  }
}

extension StudyStore {
  /// Calls `body` with the rows of each setting, however many there are in all.
  public func forEachSetting(of query: StudyQuery, _ body: ([StudyRow]) throws -> Void) throws {
    try read { database in
      let (sql, arguments) = query.request
      let cursor = try Row.fetchCursor(database, sql: sql, arguments: arguments)
      var rows: [StudyRow] = []
      while let next = try cursor.next() {
        let row = try query.row(next)
        if let first = rows.first, first.setting != row.setting {
          try body(rows)
          rows.removeAll(keepingCapacity: true)
        }
        rows.append(row)
      }
      if !rows.isEmpty { try body(rows) }
    }
  }

  /// All rows.
  public func rows(of query: StudyQuery) throws -> [StudyRow] {
    var all: [StudyRow] = []
    try forEachSetting(of: query) { all += $0 }
    return all
  }
}

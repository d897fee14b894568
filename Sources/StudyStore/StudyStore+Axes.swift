import GRDB
import Studies

extension StudyStore {
  /// Values of an axis that a map has room for.
  private static let mostValues = 48
  /// Maps of a survey.
  private static let mostMaps = 6

  /// An axis on which replays differ.
  private struct Found {
    var axis: StudyMap.Axis
    var values: [String]

    /// Whether its values have an order, so that a verdict flips somewhere along it.
    var isOrdered: Bool { values.allSatisfy { StudyMap.number($0) != nil } }
  }

  /// What a study is best mapped by: what recordings were tried with before what machines were, then ranks; pairs of axes
  /// that have an order where there are two, else whatever differs.
  public func mapAxes() throws -> [(row: StudyMap.Axis, column: StudyMap.Axis)] {
    let found = try axes()
    let ordered = found.filter(\.isOrdered)
    let others = found.filter { !$0.isOrdered }
    let axes = (ordered.count > 1 ? ordered : Array((others + ordered).suffix(2))).map(\.axis)
    let pairs = axes.indices.flatMap { row in
      axes[(row + 1)...].map { (row: axes[row], column: $0) }
    }
    return Array(pairs.prefix(Self.mostMaps))
  }

  private func axes() throws -> [Found] {
    try read { database in
      var found: [Found] = []
      func add(_ name: String, _ values: [String]) throws {
        guard (2...Self.mostValues).contains(values.count) else { return }
        found.append(Found(axis: try StudyMap.Axis(name, option: "axis"), values: values))
      }
      for axis in ["trace", "model", "cluster"] {
        try add(axis, Self.values(database, "SELECT DISTINCT \(axis) FROM replays ORDER BY 1"))
      }
      for axis in ["trace", "model", "cluster"] {
        let keys = try Self.values(database, "SELECT DISTINCT name FROM settings WHERE axis = '\(axis)' ORDER BY 1")
        for key in keys {
          let values = try String.fetchAll(
            database, sql: "SELECT DISTINCT value FROM settings WHERE axis = ? AND name = ? LIMIT ?",
            arguments: [axis, key, Self.mostValues + 1])
          try add("\(axis).\(key)", values)
        }
      }
      try add("ranks", Self.values(database, "SELECT DISTINCT CAST(ranks AS TEXT) FROM replays ORDER BY ranks"))
      return found
    }
  }

  private static func values(_ database: Database, _ sql: String) throws -> [String] {
    try String.fetchAll(database, sql: "\(sql) LIMIT \(mostValues + 1)")
  }
}

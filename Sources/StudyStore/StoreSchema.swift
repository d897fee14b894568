import GRDB
import Reporting

/// The tables of a study's results. `docs/studies.md` describes them for those who query them.
///
/// A change is a new migration; a figure that a later version knows becomes a column when a store is opened.
enum StoreSchema {
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.create(table: "study") { table in
        table.primaryKey("key", .text)
        table.column("value", .text).notNull()
      }
      try database.create(table: "replays") { table in
        table.primaryKey("key", .text)
        table.column("job", .text).notNull().indexed()
        table.column("trace", .text).notNull()
        table.column("cluster", .text).notNull()
        table.column("ranks", .integer).notNull()
        table.column("model", .text).notNull()
        table.column("phase", .text)
        table.column("seed", .integer).notNull()
        table.column("policy", .text).notNull()
        table.column("isBaseline", .boolean).notNull()
        table.column("causal", .boolean)
        table.column("verdict", .text)
        table.column("finding", .text)
        table.column("error", .text)
      }
      try database.create(index: "replays_by_setting", on: "replays", columns: settingColumns)
      try database.create(table: "settings") { table in
        table.column("key", .text).notNull().indexed().references("replays", onDelete: .cascade)
        table.column("axis", .text).notNull()
        table.column("name", .text).notNull()
        table.column("value", .text).notNull()
      }
      try database.create(table: "notes") { table in
        table.column("job", .text).notNull().indexed()
        table.column("note", .text).notNull()
      }
    }
    return migrator
  }()

  /// What replays that are compared with each other have in common.
  static let settingColumns = ["trace", "model", "phase", "seed", "cluster", "ranks"]

  /// Adds a column for every figure that has none.
  static func addFigures(to database: Database) throws {
    let known = Set(try database.columns(in: "replays").map(\.name))
    let missing = Figure.all.map { column(of: $0.path) }.filter { !known.contains($0) }
    guard !missing.isEmpty else { return }
    try database.alter(table: "replays") { table in
      for column in missing { table.add(column: column, .double) }
    }
  }

  /// `time_total` for `time.total`.
  static func column(of path: String) -> String { path.replacing(".", with: "_") }
}

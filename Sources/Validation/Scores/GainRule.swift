import Diagnostics

/// What a gain is measured by: `gain: {by: eplb, before: no}`, rows that differ in nothing else forming pairs, or
/// `{by: eplb, before: no, ignoring: [slots]}` where another column changes with it.
public struct GainRule: Equatable, Sendable {
  /// The column whose values tell before from after.
  public var by: String
  /// Its value before.
  public var before: String
  /// Columns in which a pair may differ, too.
  public var ignoring: [String]

  init(settings: Settings) throws(InputError) {
    by = try settings.string("by")
    before = try settings.string("before")
    ignoring = settings.contains("ignoring") ? try settings.strings("ignoring") : []
    try settings.rejectUnknownKeys()
  }

  /// - Throws: `InputError` for columns that the table does not have.
  func check(columns: [String], in table: String) throws(InputError) {
    for column in [by] + ignoring where !columns.contains(column) {
      throw InputError("gain: no column '\(column)'\(suggestion(for: column, in: columns))", in: table)
    }
  }
}

import ArgumentParser
import ExpertReplay

/// Which results of a study are looked at, and how they are printed.
struct StudyQueryOptions: ParsableArguments {
  @Option(
    name: .customLong("where"),
    help: "Only replays of which this holds, such as policy=eplb* or ranks=32. Repeat for several.")
  var conditions: [String] = []

  @OptionGroup var report: ReportOptions

  @Option(name: .shortAndLong, help: "Where to write it.", completion: .anyFile) var output = "-"

  func query(_ figures: [String] = StudyQuery.basic) throws -> StudyQuery {
    try StudyQuery(figures: figures, where: conditions)
  }

  /// The rows of every setting of a store, one setting after the other.
  ///
  /// - Throws: `InputError` (usage) when nothing is left by the conditions.
  func forEachSetting(of path: String, _ body: ([StudyRow]) throws -> Void) throws {
    try Self.forEachSetting(
      of: StudyStore(reading: path), query(), ifNone: conditions.isEmpty ? Self.nothing : Self.nothingLeft, body)
  }

  private static let nothing = "no results yet"
  private static let nothingLeft = "no replays of which all of --where holds"

  static func forEachSetting(
    of store: StudyStore, _ query: StudyQuery, ifNone: String = nothing, _ body: ([StudyRow]) throws -> Void
  ) throws {
    var count = 0
    try store.forEachSetting(of: query) {
      count += 1
      try body($0)
    }
    guard count > 0 else { throw InputError(ifNone, in: store.path, status: .usage) }
    try noteMissing(in: store)
  }

  func requireSome(_ count: Int, in path: String) throws(InputError) {
    guard count == 0 else { return }
    throw InputError(conditions.isEmpty ? Self.nothing : Self.nothingLeft, in: path, status: .usage)
  }

  static func noteMissing(in store: StudyStore) throws {
    let (planned, collected) = try store.completeness()
    if collected < planned { Remarks.say("note: \(collected) of \(planned) jobs are in \(store.path)") }
  }
}

import CommandRunner
import Foundation
import Testing

/// `best` against the other interval planners: what `docs/policies.md` says of it, and its tables.
///
/// `EXPERT_REPLAY_REWRITE=1` writes the tables as they are now, to be read before they are committed.
@Suite(.serialized) struct BestPlannerConformanceTests {
  typealias Field = BestPlannerField

  /// `[fields]`.
  static let measured = Field.all.map { field in
    Result {
      try Field.recordings.flatMap {
        try field.rows(of: $0, in: Shared.path("traces"), preset: Preset.settings)
      }
    }
  }

  @Test(arguments: Field.all.indices) func `within 2 % of the best in hindsight, and ahead of each on average`(
    _ index: Int
  ) throws {
    let (field, rows) = (Field.all[index], try Self.measured[index].get())
    for row in rows { #expect(row.behind <= 0.02, "\(row.title): \(field.planners[row.rival].name)") }
    let means = field.means(of: rows)
    for mean in means.dropLast() { #expect(means[means.count - 1] < mean, "\(means)") }
  }

  /// With as many slots as static has: what is slower with more before the first plan is not the plans' doing.
  @Test func `no slower than static but for its moves`() throws {
    for row in try Self.measured[1].get() {
      #expect((row.times.last ?? 0) - row.migration <= 1.002, "\(row.title)")
    }
  }

  @Test(arguments: Field.all.indices) func `the tables are what is measured`(_ index: Int) throws {
    let field = Field.all[index]
    let file = Tool.root.appendingPathComponent("docs/policies.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let heading = try #require(lines.firstIndex(of: "### \(field.heading)"))
    let start = try #require(lines[heading...].firstIndex { $0.hasPrefix("| recording |") }) + 2
    let end = try #require(lines[start...].firstIndex { !$0.hasPrefix("|") })
    let found = field.lines(of: try Self.measured[index].get())
    if ProcessInfo.processInfo.environment["EXPERT_REPLAY_REWRITE"] == "1" {
      try (lines[..<start] + found + lines[end...]).joined(separator: "\n").write(
        to: file, atomically: true, encoding: .utf8)
    }
    #expect(Array(lines[start..<end]) == found, "\(found.joined(separator: "\n"))")
  }
}

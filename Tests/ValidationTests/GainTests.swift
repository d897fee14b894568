import Diagnostics
import PerformanceModel
import Testing
import Validation

@Suite struct GainTests {
  static let front = """
    kind: experts
    cluster: c
    model: m
    phase: decode
    gain: {by: eplb, before: no, ignoring: [slots]}
    """
  static let rows = """
    ranks,tokens,slots,eplb,distribution,hottest_rank_tokens,us,fitted
    8,4096,256,no,power_law_1.2,3900,1000,no
    8,4096,256,yes,power_law_1.2,3500,800,no
    8,4096,288,yes,power_law_1.2,3300,1100,suspect
    8,1024,256,no,power_law_1.2,900,500,no
    16,1024,256,yes,power_law_1.2,900,500,no

    """

  static func validated(by columns: [String] = []) throws -> ValidatedTable {
    try ValidatedTable(of: Shipped.table(front, rows, cluster: Shipped.node), by: columns)
  }

  @Test("Rows that differ in what a gain is measured by form pairs; what was measured does not tell them apart")
  func pairs() throws {
    let validation = try Self.validated()
    #expect(validation.gains.map { [$0.before.row.line, $0.after.row.line] } == [[8, 9], [8, 10]])
    let gain = try #require(validation.gains.first)
    let (before, after) = (validation.predictions[0].predicted, validation.predictions[1].predicted)
    #expect(gain.measuredRatio == 0.8 && gain.predictedRatio == after / before)
    #expect(abs(gain.error - (after / before / 0.8 - 1)) < 1e-12)
    #expect(validation.gainSummaries.map(\.label) == ["rows not fitted", "suspect rows"])
  }

  @Test("A summary says how often the sign is right among changes beyond 5 %")
  func signs() throws {
    let summaries = try Self.validated(by: ["slots"]).gainSummaries
    #expect(
      summaries.map(\.label) == [
        "slots 256, rows not fitted", "slots 288, suspect rows", "all, rows not fitted", "all, suspect rows",
      ])
    // Both got faster by the model, and the second measured slower.
    #expect(summaries.map(\.clear) == [1, 1, 1, 1])
    #expect(summaries.map(\.signRight) == [1, 0, 1, 0])
    #expect(abs(summaries[1].measured - 1.1) < 1e-12 && summaries[1].predicted < 1)
  }

  @Test("Without the hottest rank's tokens, all draws predict a row, and the gain is a mean's")
  func withoutTokens() throws {
    func table(_ without: [String]) throws -> ValidatedTable {
      let lines = "source: made up\n\(Self.front)".split(separator: "\n").map { "# \($0)\n" }.joined()
      return try ValidatedTable(
        of: MeasurementTable(
          csv: lines + Self.rows, name: "t.csv", machine: { _ in Machine(Shipped.node) },
          model: { _ in Shipped.testModel },
          without: without))
    }
    let (given, alone) = (try table([]), try table(["hottest_rank_tokens"]))
    #expect(given.gains.count == alone.gains.count)
    #expect(given.predictions[0].predicted != alone.predictions[0].predicted)
    #expect((given.predictions[0].spread ?? .infinity) < alone.predictions[0].spread ?? 0)
    let error = #expect(throws: InputError.self) { try table(["hottest_rank_token"]) }
    #expect(
      error?.description == "t.csv: no column 'hottest_rank_token' to do without; did you mean 'hottest_rank_tokens'?")
  }

  @Test("A change within 5 % has no sign to be right about")
  func unclear() throws {
    let rows = Self.rows.replacing("3500,800", with: "3500,960")
    let summary = try #require(
      try ValidatedTable(of: Shipped.table(Self.front, rows, cluster: Shipped.node)).gainSummaries.first)
    #expect(summary.pairs == 1 && summary.clear == 0)
  }

  @Test("Two rows before that are alike, or none, are an error")
  func refused() throws {
    let twice = Self.rows + "8,4096,256,no,power_law_1.2,3800,1010,no\n"
    let table = try Shipped.table(Self.front, twice, cluster: Shipped.node)
    let error = #expect(throws: InputError.self) { try ValidatedTable(of: table) }
    #expect(error?.description == "t.csv: line 13: as line 8 in all that pairs of a gain have in common")
    let planned = Self.rows.replacing(",no,power", with: ",yes,power")
    let none = try Shipped.table(Self.front, planned, cluster: Shipped.node)
    let missing = #expect(throws: InputError.self) { try ValidatedTable(of: none) }
    #expect(missing?.description == "t.csv: gain: no two rows differ in eplb alone, one with 'no'")
  }

  @Test("Errors are told apart by any column, numbers in their order, each use for itself")
  func groups() throws {
    let summaries = try Self.validated(by: ["ranks", "eplb"]).summaries
    #expect(
      summaries.map(\.label) == [
        "ranks 8, eplb no, rows not fitted", "ranks 8, eplb yes, rows not fitted", "ranks 8, eplb yes, suspect rows",
        "ranks 16, eplb yes, rows not fitted",
      ])
    #expect(summaries.map(\.rows) == [2, 1, 1, 1])
    let error = #expect(throws: InputError.self) { try Self.validated(by: ["rnks"]) }
    #expect(error?.description == "t.csv: no column 'rnks' to tell rows apart by; did you mean 'ranks'?")
    #expect(error?.status == .usage)
  }
}

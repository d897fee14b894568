import ExpertReplay
import Foundation
import Testing

/// Loads are drawn as those of `validation/aiconfigurator/moe-compute-eplb.csv` were: its rows tell how many different
/// tokens were on the hottest rank.
@Suite struct DrawnLoadConformanceTests {
  struct Row {
    var ranks: Int
    var tokens: Int
    var slots: Int
    var hottest: Double
    var distribution: LoadDistribution
    var isPlanned: Bool
  }

  static func rows() throws -> [Row] {
    let text = String(decoding: try Shared.data("validation/aiconfigurator/moe-compute-eplb.csv"), as: UTF8.self)
    let lines = text.split(separator: "\n")
    let names = lines[0].split(separator: ",").map(String.init)
    return try lines.dropFirst().map { line in
      let cells = Dictionary(uniqueKeysWithValues: zip(names, line.split(separator: ",").map(String.init)))
      func number(_ name: String) throws -> Int { try #require(cells[name].flatMap(Int.init)) }
      return Row(
        ranks: try number("ranks"), tokens: try number("tokens"), slots: try number("slots"),
        hottest: Double(try number("hottest_rank_tokens")),
        distribution: try #require(cells["distribution"].flatMap(LoadDistribution.init)),
        isPlanned: cells["eplb"] == "yes")
    }
  }

  /// At most so far is the mean over rows from the mean over draws; single rows scatter by up to 22 %.
  static let tolerance = 0.06

  @Test func `draws have as many different tokens on the hottest rank as the rows had`() throws {
    let groups = Dictionary(grouping: try Self.rows().filter { $0.tokens >= 256 }) {
      "\($0.ranks) ranks, \($0.slots) slots\($0.isPlanned ? ", EPLB" : "")"
    }
    #expect(groups.count == 18)
    for (name, rows) in groups {
      let ratios = try Dictionary(grouping: rows) { "\($0.tokens) \($0.distribution)" }.values.map { rows in
        let draws = try LoadParameters(
          rows[0].distribution, experts: 256, topK: 8, tokens: rows[0].tokens, ranks: rows[0].ranks,
          plannedSlots: rows[0].isPlanned ? rows[0].slots : nil
        ).loads(count: 12)
        let drawn = draws.map(\.hottestTokens).reduce(0, +) / Double(draws.count)
        return rows.map(\.hottest).reduce(0, +) / Double(rows.count) / drawn
      }
      let mean = ratios.reduce(0, +) / Double(ratios.count)
      #expect(abs(mean - 1) < Self.tolerance, "\(name): \(mean)")
    }
  }
}

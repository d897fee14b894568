import Foundation
import PerformanceModel
import Replay
import Reporting
import Testing

/// Cost, accuracy and performance are drawn where all three are known, and are not mentioned elsewhere.
@Suite struct TradeOffTests {
  /// The known result with prices; the second policy is twice as fast for half the dollars, the others have neither.
  private static func priced(dollars: Double = 2, accuracy: Double? = 0.8) throws -> ReplayResult {
    var result = try ReplayReportTests.result.get()
    result.model.accuracy = accuracy
    let serving = try #require(result.policies.compactMap(\.serving).first)
    for index in result.policies.indices { result.policies[index].cost = nil }
    for (index, part) in [(0, 1.0), (1, 0.5)] {
      result.policies[index].serving = serving
      result.policies[index].serving?.tokensPerSecond = 1000 / part
      result.policies[index].cost = ServingCost(perMillionTokens: dollars * part, tokensPerSecondPerDollar: 1)
    }
    return result
  }

  private static func parts(in page: String, of chart: String) -> [[Double]] {
    guard let start = page.range(of: "id=\"\(chart)\""),
      let end = page.range(of: "</figure>", range: start.upperBound..<page.endIndex)
    else { return [] }
    return ReplayPageTests.values("data-parts", in: page[start.lowerBound..<end.lowerBound])
      .map(ReplayPageTests.numbers)
  }

  @Test func `rings are parts of the best`() throws {
    let page = try ReplayReport(Self.priced()).text(as: .html)
    #expect(Self.parts(in: page, of: "r0-trade-off") == [[0.5, 0.5, 1], [1, 1, 1]])
    #expect(page.contains("accuracy, as stated: 0.800</text>"))
  }

  @Test func `results side by side have one scale`() throws {
    let other = try Self.priced(dollars: 4, accuracy: 0.4)
    let page = try ReplayReport([Self.priced(), other]).text(as: .html)
    #expect(
      Self.parts(in: page, of: "all-trade-off")
        == [[0.5, 0.5, 1], [1, 1, 1], [0.25, 0.5, 0.5], [0.5, 1, 0.5]])
  }

  @Test func `a page says nothing of it where a price, a context or an accuracy is missing`() throws {
    var unserved = try Self.priced()
    for index in unserved.policies.indices { unserved.policies[index].serving = nil }
    var free = try Self.priced()
    for index in free.policies.indices { free.policies[index].cost = nil }
    for result in [try Self.priced(accuracy: nil), unserved, free] {
      #expect(try !ReplayReport(result).text(as: .html).contains("trade-off"))
      #expect(try !ReplayReport([result, result]).text(as: .html).contains("trade-off"))
    }
  }

  @Test(arguments: [0.0, -1]) func `saved figures that no replay gives are not drawn`(dollars: Double) throws {
    #expect(try !ReplayReport(Self.priced(dollars: dollars)).text(as: .html).contains("trade-off"))
  }

  @Test func `savings have their sign`() throws {
    var result = try Self.priced()
    result.policies[1].cost?.savedPerMillionTokens = -0.0135
    result.policies[2].cost = ServingCost(
      perMillionTokens: 1, tokensPerSecondPerDollar: 1, savedPerMillionTokens: 0.22)
    let text = try ReplayReport(result, isWide: true).text()
    #expect(text.contains(" −0.0135 |") && text.contains(" +0.220 |"))
  }
}

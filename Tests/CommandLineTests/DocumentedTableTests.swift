import CommandRunner
import Foundation
import Testing

/// The tables in the documentation are what the commands above them measure.
@Suite struct DocumentedTableTests {
  @Test(arguments: zip(DocumentedTable.documents, [6, 3, 1]))
  func tablesOfShippedTracesAreWhatTheCommandsMeasure(document: String, atLeast: Int) throws {
    let tables = try DocumentedTable.all(in: document).filter { !$0.isOfARecording }
    #expect(tables.count >= atLeast)
    for table in tables {
      let (isRight, found) = try table.isMeasured(in: document)
      #expect(isRight, "\(found)")
    }
  }

  /// Distribution-only at low skew on fast links, token-to-expert at high skew on slow ones (MoE-GPS, arXiv 2506.07366).
  @Test func theRuleOfMoEGPSComesOutOfTheSweep() throws {
    let table = try #require(DocumentedTable.all(in: "policies.md").first { $0.lines[0].contains("| skewness |") })
    let best = table.lines.dropFirst(2).map { $0.split(separator: "|").last?.trimmingCharacters(in: .whitespaces) }
    #expect(best == ["distribution-only", "token-to-expert", "token-to-expert", "token-to-expert"])
  }
}

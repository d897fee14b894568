import CommandRunner
import Testing

/// The tables of recordings in the documentation are what the commands above them measure.
@Suite struct DocumentedTableConformanceTests {
  @Test func `tables of recordings are what the commands measure`() throws {
    let tables = try DocumentedTable.all(in: "policies.md").filter(\.isOfARecording)
    #expect(tables.count >= 2)
    for table in tables {
      let (isRight, found) = try table.isMeasured(in: "policies.md") { Shared.path("traces/\($0)") }
      #expect(isRight, "\(found)")
    }
  }
}

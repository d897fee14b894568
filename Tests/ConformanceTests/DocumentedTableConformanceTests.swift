import CommandRunner
import Testing

/// The tables of recordings in the documentation are what the commands above them measure.
@Suite struct DocumentedTableConformanceTests {
  @Test func `tables of recordings are what the commands measure`() throws {
    let tables = try DocumentedTable.all(in: "policies.md").filter(\.isOfARecording)
    #expect(tables.count >= 2)
    for table in tables {
      let measured = try table.measured { Shared.path("traces/\($0)") }
      #expect(table.lines == measured, "\(table.heading)\n\(measured.joined(separator: "\n"))")
    }
  }
}

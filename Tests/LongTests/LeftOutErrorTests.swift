import CommandRunner
import Testing

/// The tables of errors on rows left out in the documentation are what the commands above them measure.
@Suite struct LeftOutErrorTests {
  @Test func `errors of rows left out are what the commands measure`() throws {
    let tables = try DocumentedErrors.documents.flatMap(DocumentedErrors.all).filter(\.fits)
    #expect(tables.count >= 6)
    for table in tables {
      let (isRight, found) = try table.isMeasured()
      #expect(isRight, "\(found)")
    }
  }
}

import CommandRunner
import Testing

/// The tables of errors in the documentation are what the commands above them measure, but for those that fit
/// (`LongTests`).
@Suite struct DocumentedErrorTests {
  @Test func `errors of shipped figures are what the commands measure`() throws {
    let tables = try DocumentedErrors.documents.flatMap(DocumentedErrors.all).filter { !$0.fits }
    #expect(tables.count >= 6)
    for table in tables {
      let (isRight, found) = try table.isMeasured()
      #expect(isRight, "\(found)")
    }
  }
}

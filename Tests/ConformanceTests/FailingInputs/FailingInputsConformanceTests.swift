import Testing

/// Every input that once failed, as it should be.
@Suite struct FailingInputsConformanceTests {
  @Test(arguments: ReportedInputs.rows) func `what people report`(_ input: FailingInput) throws {
    #expect(try input.complaints() == [])
  }

  @Test(arguments: EcosystemInputs.rows) func `what systems write`(_ input: FailingInput) throws {
    #expect(try input.complaints() == [])
  }

  @Test(arguments: AuditInputs.rows) func `what an audit found`(_ input: FailingInput) throws {
    #expect(try input.complaints() == [])
  }

  @Test(arguments: ReliabilityInputs.rows) func `what must not trap, hang or pass`(_ input: FailingInput) throws {
    #expect(try input.complaints() == [])
  }
}

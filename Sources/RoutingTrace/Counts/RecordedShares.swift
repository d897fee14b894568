import Diagnostics

/// A recording of shares of tokens, which becomes steps once it is said how many tokens a step has.
public struct RecordedShares: Sendable {
  public let header: TraceHeader
  private let table: ShareTable

  /// - Parameters:
  ///   - table: as many layers as the header, checked against its top-k.
  ///   - header: of counts, with a top-k.
  package init(_ table: ShareTable, header: TraceHeader) throws(InputError) {
    try header.validate()
    self.table = table
    self.header = header
  }

  /// A prefill step of so many tokens for each task.
  ///
  /// - Throws: `InputError` (usage) for a number of tokens out of range.
  package func steps(tokensPerStep: Int) throws(InputError) -> any StepSource {
    guard (1...Batching.maximumTokens).contains(tokensPerStep) else {
      throw InputError(
        "\(tokensPerStep), expected 1…\(Batching.maximumTokens)", in: "--tokens-per-step", status: .usage)
    }
    let steps = (0..<table.tasks).map { task in
      RoutingStep(
        number: task, phase: .prefill, tokens: tokensPerStep,
        counts: table.counts(task: task, tokens: tokensPerStep, topK: header.topK ?? 1))
    }
    return StoredSteps(header: header, steps: steps)
  }

  /// The same under other layer numbers.
  package func renumbered(_ numbers: [Int]) throws(InputError) -> RecordedShares {
    var header = header
    header.layerNumbers = numbers
    return try RecordedShares(table, header: header)
  }
}

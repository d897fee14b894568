import Diagnostics

/// The same steps under other layer numbers.
final class RenumberedSteps: StepSource {
  let header: TraceHeader
  private let source: any StepSource

  init(_ source: any StepSource, firstLayer: Int) throws(InputError) {
    self.source = source
    header = try source.header.renumbered(firstLayer: firstLayer)
  }

  func next() throws -> RoutingStep? { try source.next() }
}

/// The same sequences under other layer numbers.
final class RenumberedSequences: SequenceSource {
  let header: TraceHeader
  private let source: any SequenceSource

  init(_ source: any SequenceSource, firstLayer: Int) throws(InputError) {
    self.source = source
    header = try source.header.renumbered(firstLayer: firstLayer)
  }

  func next() throws(InputError) -> RoutedSequence? { try source.next() }
}

extension Imported {
  /// The same recording, its first layer having the given number in the model and the others their distance to it.
  ///
  /// - Throws: `InputError` for a number out of range.
  public func renumbered(firstLayer: Int) throws(InputError) -> Imported {
    switch self {
    case .steps(let source): .steps(try RenumberedSteps(source, firstLayer: firstLayer))
    case .sequences(let source): .sequences(try RenumberedSequences(source, firstLayer: firstLayer))
    }
  }
}

extension TraceHeader {
  fileprivate func renumbered(firstLayer: Int) throws(InputError) -> TraceHeader {
    let largest = 1_000_000 - (layerNumbers[layers - 1] - layerNumbers[0])
    guard firstLayer >= 0, firstLayer <= largest else {
      throw InputError("\(firstLayer), expected 0…\(largest)", in: "--first-layer", status: .usage)
    }
    var header = self
    header.layerNumbers = layerNumbers.map { $0 - layerNumbers[0] + firstLayer }
    return header
  }
}

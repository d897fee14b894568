import Diagnostics

/// The same steps under other layer numbers.
package final class RenumberedSteps: StepSource {
  package let header: TraceHeader
  package var origin: StepOrigin { source.origin }
  package var notes: [String] { source.notes }
  package var fraction: Double? { source.fraction }
  private let source: any StepSource

  package init(_ source: any StepSource, numbers: [Int]) throws(InputError) {
    self.source = source
    header = try source.header.renumbered(numbers)
  }

  package func next() throws -> RoutingStep? { try source.next() }
}

/// The same sequences under other layer numbers.
package final class RenumberedSequences: SequenceSource {
  package let header: TraceHeader
  private let source: any SequenceSource

  package init(_ source: any SequenceSource, numbers: [Int]) throws(InputError) {
    self.source = source
    header = try source.header.renumbered(numbers)
  }

  package func next() throws(InputError) -> RoutedSequence? { try source.next() }
}

extension TraceHeader {
  fileprivate func renumbered(_ numbers: [Int]) throws(InputError) -> TraceHeader {
    precondition(numbers.count == layers)
    var header = self
    header.layerNumbers = numbers
    try header.validate()
    return header
  }

  /// The layers' numbers when the first has the given one and the others keep their distance to it.
  ///
  /// - Throws: `InputError` (usage) for a number out of range.
  package func layerNumbers(from firstLayer: Int) throws(InputError) -> [Int] {
    let largest = 1_000_000 - (layerNumbers[layers - 1] - layerNumbers[0])
    guard firstLayer >= 0, firstLayer <= largest else {
      throw InputError("\(firstLayer), expected 0…\(largest)", in: "--first-layer", status: .usage)
    }
    return layerNumbers.map { $0 - layerNumbers[0] + firstLayer }
  }
}

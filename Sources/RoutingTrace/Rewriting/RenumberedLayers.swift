import Diagnostics

/// The same steps under other layer numbers.
package final class RenumberedSteps: StepSource {
  package let header: TraceHeader
  private let source: any StepSource

  package init(_ source: any StepSource, firstLayer: Int) throws(InputError) {
    self.source = source
    header = try source.header.renumbered(firstLayer: firstLayer)
  }

  package func next() throws -> RoutingStep? { try source.next() }
}

/// The same sequences under other layer numbers.
package final class RenumberedSequences: SequenceSource {
  package let header: TraceHeader
  private let source: any SequenceSource

  package init(_ source: any SequenceSource, firstLayer: Int) throws(InputError) {
    self.source = source
    header = try source.header.renumbered(firstLayer: firstLayer)
  }

  package func next() throws(InputError) -> RoutedSequence? { try source.next() }
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

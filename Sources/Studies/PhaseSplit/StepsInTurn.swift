import RoutingTrace

/// The steps of prefill and of decode in turn, so that both have had their part of the tokens at any time.
///
/// A recording that is over first starts again, until the other is over, too, or it has been read so often that more
/// tells nothing. Steps are numbered anew; all else is as it was recorded.
package final class StepsInTurn: StepSource {
  /// Readings of a recording, at most.
  package static let mostRounds = 16

  package struct Part {
    let phase: Phase
    /// Tokens of it for each of the others' weight.
    let weight: Double
    let open: () throws -> any StepSource
    fileprivate var source: any StepSource
    fileprivate var tokens = 0.0
    fileprivate var rounds = 0

    /// - Throws: what opening throws.
    package init(_ phase: Phase, weight: Double, open: @escaping () throws -> any StepSource) throws {
      self.phase = phase
      self.weight = weight
      self.open = open
      source = try open()
    }

    fileprivate var share: Double { tokens / weight }
  }

  package let header: TraceHeader
  private var parts: [Part]
  private var number = 0
  private let tokens: (RoutingStep) -> Int

  /// - Parameters:
  ///   - parts: two.
  ///   - tokens: of a step.
  package init(_ parts: [Part], header: TraceHeader, tokens: @escaping (RoutingStep) -> Int) {
    precondition(parts.count == 2)
    self.parts = parts
    self.header = header
    self.tokens = tokens
  }

  package func next() throws -> RoutingStep? {
    while true {
      let place = parts[0].share <= parts[1].share ? 0 : 1
      if var step = try parts[place].source.next() {
        parts[place].tokens += Double(tokens(step))
        step.phase = parts[place].phase
        step.number = number
        number += 1
        return step
      }
      parts[place].rounds += 1
      guard parts.contains(where: { $0.rounds == 0 }), parts[place].rounds < Self.mostRounds else { return nil }
      parts[place].source = try parts[place].open()
    }
  }

  package var fraction: Double? {
    let fractions = parts.map { $0.rounds > 0 ? 1 : $0.source.fraction }
    return fractions.contains(nil) ? nil : fractions.compactMap(\.self).min()
  }
}

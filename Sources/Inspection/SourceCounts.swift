import RoutingTrace

/// Where the tokens of a recording started, and how far its steps differ in it.
package struct SourceCounts: Sendable {
  /// Tokens by their source.
  package private(set) var tokens: [UInt32: Int] = [:]
  /// Steps that say where their tokens started.
  package private(set) var steps = 0
  private var squares = 0.0

  /// Of a step's squared shares, summed over ranks, the mean over tokens; 1 where every step starts on one rank.
  package var meanSquare: Double { squares / Double(max(1, tokens.values.reduce(0, +))) }

  mutating func add(_ step: RoutingStep) {
    guard let sources = step.sources else { return }
    var counts: [UInt32: Int] = [:]
    for source in sources { counts[source, default: 0] += 1 }
    steps += 1
    squares += Double(counts.values.reduce(0) { $0 + $1 * $1 }) / Double(step.tokens)
    tokens.merge(counts, uniquingKeysWith: +)
  }
}

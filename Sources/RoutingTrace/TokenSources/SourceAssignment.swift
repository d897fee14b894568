import Diagnostics
import Randomness

/// On which of so many ranks the tokens of a step start. Who has an equal one can share what it gives.
package struct SourceAssignment: Hashable, Sendable {
  package let sources: TokenSources
  package let ranks: Int
  package var seed: UInt64

  /// Chosen by `TokenSources.assignment(ranks:seed:)`.
  init(sources: TokenSources, ranks: Int, seed: UInt64) {
    self.sources = sources
    self.ranks = ranks
    self.seed = seed
  }

  /// - Parameter header: of the step's trace.
  /// - Throws: `InputError` (usage) with the step, if the rule asks for what the step does not have.
  package func ranks(of step: RoutingStep, in header: TraceHeader) throws(InputError) -> SourceRanks {
    guard header.content == .tokens else { return SourceRanks(ranks: [], rule: .even) }
    let rule = sources.rule ?? .usual(for: step, phase: step.phase ?? header.phase)
    let size = UInt32(sources.attentionRanks)
    let groups = UInt32(ranks) / size
    var isFolded = false
    var places: [UInt32]
    switch rule {
    case .recorded:
      let recorded = try required(step.sources, rule, "sources", step, header)
      let count = UInt32(ranks)
      isFolded = recorded.contains { $0 >= count }
      places = isFolded ? recorded.map { $0 % count } : recorded
      if size > 1 { for token in places.indices { places[token] /= size } }
    case .sequence: places = try required(step.sequences, rule, "sequences", step, header).map { $0 % groups }
    case .even: places = (0..<step.tokens).map { UInt32($0 % Int(groups)) }
    case .random:
      var generator = SeededGenerator(seed: seed, stream: Self.stream ^ UInt64(step.number))
      places = (0..<step.tokens).map { _ in UInt32(generator.below(Int(groups))) }
    }
    if size > 1 { deal(&places, groups: Int(groups)) }
    return SourceRanks(ranks: places, rule: rule, isFolded: isFolded)
  }

  /// Tells the draws of sources from others of the same seed.
  private static let stream: UInt64 = 0x50C5 << 44

  /// From groups to their ranks: the tokens of each leave from its ranks in turn.
  private func deal(_ places: inout [UInt32], groups: Int) {
    let size = UInt32(sources.attentionRanks)
    var next = Array(repeating: UInt32(0), count: groups)
    for token in places.indices {
      let group = places[token]
      places[token] = group * size + next[Int(group)]
      next[Int(group)] = next[Int(group)] + 1 == size ? 0 : next[Int(group)] + 1
    }
  }

  private func required(
    _ values: [UInt32]?, _ rule: SourceRule, _ what: String, _ step: RoutingStep, _ header: TraceHeader
  ) throws(InputError) -> [UInt32] {
    if let values { return values }
    throw InputError(
      "trace '\(header.name)' has no \(what)", in: "--sources \(rule.rawValue)", at: .init(step: step.number),
      status: .usage)
  }
}

/// The ranks on which the tokens of one step start.
package struct SourceRanks: Equatable, Sendable {
  /// `[tokens]` ranks below those there are; empty for counts, whose tokens start evenly.
  package let ranks: [UInt32]
  package let rule: SourceRule
  /// Whether a recorded source was beyond the ranks, so that sources are taken modulo them.
  package let isFolded: Bool

  init(ranks: [UInt32], rule: SourceRule, isFolded: Bool = false) {
    self.ranks = ranks
    self.rule = rule
    self.isFolded = isFolded
  }
}

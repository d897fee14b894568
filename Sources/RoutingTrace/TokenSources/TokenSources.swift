import Diagnostics

/// On which ranks tokens start, whatever the number of ranks.
public struct TokenSources: Hashable, Sendable {
  /// Nil for each step's usual one: `recorded` if its sources were, else `sequence` if it decodes and has sequences, else
  /// `even`.
  public var rule: SourceRule?
  /// Ranks that compute the attention of a token together (attention tensor-parallel): ranks `[g·n, (g+1)·n)` are group
  /// g. The rule gives a token's group then, and the tokens of a group leave from its ranks in turn.
  public var attentionRanks: Int

  public init(_ rule: SourceRule? = nil, attentionRanks: Int = 1) {
    self.rule = rule
    self.attentionRanks = attentionRanks
  }

  /// - Parameter seed: of the rule `random`.
  /// - Throws: `InputError` (usage) if groups of `attentionRanks` do not make up the ranks.
  package func assignment(ranks: Int, seed: UInt64 = 0) throws(InputError) -> SourceAssignment {
    guard attentionRanks >= 1, ranks % attentionRanks == 0 else {
      throw InputError(
        "groups of \(attentionRanks) do not make up \(ranks) ranks", in: "--attention-tp", status: .usage)
    }
    return SourceAssignment(sources: self, ranks: ranks, seed: seed)
  }

  /// - Throws: `InputError` (usage) for a rule that asks for more than a trace of counts knows: its tokens are taken to
  ///   start evenly.
  package func check(fits header: TraceHeader) throws(InputError) {
    guard header.content == .counts, let rule, rule != .even else { return }
    throw InputError(
      "trace '\(header.name)' holds counts, whose tokens start evenly on all ranks; expected 'even'",
      in: "--sources \(rule.rawValue)", status: .usage)
  }
}

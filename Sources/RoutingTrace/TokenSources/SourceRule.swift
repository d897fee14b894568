import Diagnostics

/// How it is told on which rank a token starts: the one that holds it before dispatch, and gets it back after combine.
public enum SourceRule: String, CaseIterable, Sendable {
  /// The rank that was recorded, modulo the ranks.
  case recorded
  /// The token's sequence id modulo the ranks: a sequence stays on its rank.
  case sequence
  /// The token's index in the step modulo the ranks.
  case even
  /// Any rank, drawn from the seed, the step's number and the token's index in the step.
  case random

  public static let registry = Registry<SourceRule>(
    "rule for sources",
    [
      .init("recorded", "the recorded rank modulo the ranks", .recorded),
      .init("sequence", "the sequence's id modulo the ranks", .sequence),
      .init("even", "the token's index in the step modulo the ranks", .even),
      .init("random", "drawn from the seed, the step and the token's index", .random),
    ])
}

extension SourceRule {
  /// The rule for a step where none was asked for: `recorded` if its sources were. Else `sequence` if it decodes, since a
  /// decoded sequence stays where its keys and values are, and there is one token of each; otherwise `even`, since a
  /// prefill batch holds a few long sequences, which servers deal out or cut so that ranks have about as many tokens.
  ///
  /// - Parameter phase: of the step, nil if not known.
  package static func usual(for step: RoutingStep, phase: Phase?) -> SourceRule {
    if step.sources != nil { return .recorded }
    return phase == .decode && step.sequences != nil ? .sequence : .even
  }
}

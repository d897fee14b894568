import RoutingTrace

/// The rank that holds each token of a step before dispatch.
///
/// The recorded source mod ranks, else the token's sequence id mod ranks, else its index in the step mod ranks.
struct SourceRanks {
  /// `[tokens]` ranks below the cluster's.
  let ranks: [UInt32]
  /// Whether a recorded source was beyond the cluster's ranks, so that sources were folded.
  let folded: Bool

  init(of step: RoutingStep, ranks: Int) {
    let count = UInt32(ranks)
    if let sources = step.sources {
      folded = sources.contains { $0 >= count }
      self.ranks = folded ? sources.map { $0 % count } : sources
    } else {
      folded = false
      self.ranks = step.sequences.map { $0.map { $0 % count } } ?? (0..<UInt32(step.tokens)).map { $0 % count }
    }
  }
}

import Diagnostics
import Foundation
import Randomness

/// The ranks on which a workload's tokens start.
enum WorkloadSources: Sendable {
  /// Ranks hold different numbers of tokens, log-normally, and each token starts on any by these odds.
  case ragged(ranks: Int, sigma: Double)
  /// Steps are dealt out by shares; see `SourceShares`.
  case shares(SourceShares)

  static let maximumRanks = 65_536

  init(_ settings: Settings) throws(InputError) {
    if settings.contains("shares") {
      self = .shares(try SourceShares(settings))
    } else {
      self = .ragged(
        ranks: try settings.integer("ranks", in: 1...Self.maximumRanks), sigma: try settings.number("sigma", in: 0...5))
    }
    try settings.rejectUnknownKeys()
  }

  /// What draws the sources of one step after the other.
  ///
  /// - Parameter generator: of what all steps have in common.
  func drawing(_ generator: inout SeededGenerator) -> Drawing {
    switch self {
    case .ragged(let ranks, let sigma):
      .odds(AliasTable.packed((0..<ranks).map { _ in exp(sigma * generator.normal()) }))
    case .shares(let shares): .shares(shares)
    }
  }

  enum Drawing: Sendable {
    /// An alias table of the ranks.
    case odds([UInt64])
    case shares(SourceShares)

    /// `[tokens]` ranks of one step's tokens.
    func draw(_ tokens: Int, _ generator: inout SeededGenerator) -> [UInt32] {
      switch self {
      case .odds(let table):
        (0..<tokens).map { _ in UInt32(AliasTable.outcome(table.span, generator.next())) }
      case .shares(let shares): shares.deal(tokens, &generator)
      }
    }
  }
}

/// The experts that a policy's rebalances moved.
package struct MoveTotals: Sendable {
  package private(set) var rebalances = 0
  package private(set) var movedExperts = 0
  private var movedBytes = 0.0

  mutating func beginRebalance() { rebalances += 1 }

  mutating func move(_ experts: Int, bytes: Double) {
    movedExperts += experts
    movedBytes += bytes
  }

  /// What was moved since an earlier count.
  func since(_ earlier: MoveTotals) -> MoveTotals {
    var moves = self
    moves.rebalances -= earlier.rebalances
    moves.movedExperts -= earlier.movedExperts
    moves.movedBytes -= earlier.movedBytes
    return moves
  }

  /// - Parameter skipped: plans that were not worth moving to.
  func result(skipped: Int) -> PolicyResult.Rebalances {
    .init(count: rebalances, movedExperts: movedExperts, movedBytes: movedBytes, skipped: skipped)
  }
}

extension PolicyResult {
  public struct Rebalances: Codable, Equatable, Sendable {
    public var count: Int
    /// Experts fetched by a rank that did not hold them.
    public var movedExperts: Int
    public var movedBytes: Double
    /// Plans that were not worth moving to.
    public var skipped: Int
  }
}

import PerformanceModel

/// The experts that a policy's rebalances moved.
package struct MoveTotals: Sendable {
  package private(set) var rebalances = 0
  private var moved = ExpertSources()
  private var movedBytes = 0.0

  package var movedExperts: Int { moved.count }

  mutating func beginRebalance() { rebalances += 1 }

  mutating func move(_ experts: ExpertSources, expertBytes: Double) {
    moved = moved + experts
    movedBytes += Double(experts.count) * expertBytes
  }

  /// What was moved since an earlier count.
  func since(_ earlier: MoveTotals) -> MoveTotals {
    var moves = self
    moves.rebalances -= earlier.rebalances
    moves.moved = moved - earlier.moved
    moves.movedBytes -= earlier.movedBytes
    return moves
  }

  /// Without plans that were not worth moving to, which are counted elsewhere.
  func result(on setting: ReplaySetting) -> PolicyResult.Rebalances {
    .init(
      count: rebalances, movedExperts: movedExperts, movedBytes: movedBytes, skipped: 0,
      bytesByTier: setting.cluster.storage.map { storage in
        func bytes(_ tier: StorageTier) -> Double? {
          storage[tier] == nil ? nil : Double(moved[tier]) * setting.model.expertBytes
        }
        return .init(
          peer: Double(moved.peers) * setting.model.expertBytes, host: bytes(.host), ssd: bytes(.ssd),
          remote: bytes(.remote))
      })
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
    /// Absent for a cluster without storage.
    public var bytesByTier: BytesByTier?
  }

  /// Bytes moved by where they came from, `movedBytes` in all; tiers that the cluster lacks are absent.
  public struct BytesByTier: Codable, Equatable, Sendable {
    /// Other ranks.
    public var peer: Double
    /// The rank's part of its host's memory.
    public var host: Double?
    /// The node's disks.
    public var ssd: Double?
    public var remote: Double?
  }
}

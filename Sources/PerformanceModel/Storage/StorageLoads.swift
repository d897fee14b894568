/// Bytes that ranks load from tiers of storage at the same time.
public struct StorageLoads: Equatable, Sendable {
  private let ranks: Int
  /// `[tiers][ranks]`.
  private var bytes: [Double]

  /// Of nothing yet.
  public init(ranks: Int) {
    self.ranks = ranks
    bytes = Array(repeating: 0, count: StorageTier.allCases.count * ranks)
  }

  public mutating func add(_ amount: Double, toRank rank: Int, from tier: StorageTier) {
    bytes[tier.place * ranks + rank] += amount
  }

  /// Of all ranks.
  public func bytes(from tier: StorageTier) -> Double {
    bytes[tier.place * ranks..<(tier.place + 1) * ranks].reduce(0, +)
  }

  /// The most bytes that pass a tier on their way from it or a farther one to so many neighbouring ranks.
  func mostBytes(passing tier: StorageTier, sharedBy group: Int) -> Double {
    let passing = (0..<ranks).map { rank in
      (tier.place..<StorageTier.allCases.count).reduce(0) { $0 + bytes[$1 * ranks + rank] }
    }
    return stride(from: 0, to: ranks, by: group).map { passing[$0..<min($0 + group, ranks)].reduce(0, +) }.max() ?? 0
  }
}

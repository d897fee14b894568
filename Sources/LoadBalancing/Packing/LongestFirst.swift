/// Longest processing time first in double precision: copies in the order of their load, each to the least loaded rank
/// that has room; an expert may come to lie twice on a rank.
///
/// `BalancedPacking` is the same in EPLB's single precision and order.
struct LongestFirst {
  /// What decides between ranks with the same load.
  enum Tie {
    /// The lowest rank.
    case rank
    /// The rank with the fewest copies, then the lowest.
    case count
  }

  /// `[ranks]` experts in the order in which they came.
  private(set) var held: [[Int]]
  private(set) var loads: [Double]
  private let slotsPerRank: Int
  private let tie: Tie

  init(ranks: Int, slotsPerRank: Int, tie: Tie = .rank) {
    held = Array(repeating: [], count: ranks)
    loads = Array(repeating: 0, count: ranks)
    self.slotsPerRank = slotsPerRank
    self.tie = tie
  }

  func hasRoom(_ rank: Int) -> Bool { held[rank].count < slotsPerRank }

  mutating func put(_ expert: Int, share: Double, on rank: Int) {
    held[rank].append(expert)
    loads[rank] += share
  }

  /// The copies of all experts, those of most load first, equal ones by lowest id.
  ///
  /// - Parameters:
  ///   - shares: `[experts]` tokens of a copy.
  ///   - copies: `[experts]`.
  /// - Complexity: O(copies · ranks).
  mutating func pack(_ shares: [Double], copies: [Int]) {
    let order = shares.indices.sorted { (-shares[$0], $0) < (-shares[$1], $1) }
    for expert in order {
      for _ in 0..<copies[expert] { put(expert, share: shares[expert]) }
    }
  }

  /// On the least loaded rank that has room; there must be one.
  mutating func put(_ expert: Int, share: Double) { put(expert, share: share, among: loads.indices) }

  /// The same of some ranks.
  mutating func put(_ expert: Int, share: Double, among ranks: Range<Int>) {
    let open = ranks.lazy.filter { [self] in hasRoom($0) }
    guard let rank = open.min(by: { precedes($0, $1) }) else { return }
    put(expert, share: share, on: rank)
  }

  private func precedes(_ rank: Int, _ other: Int) -> Bool {
    if loads[rank] != loads[other] { return loads[rank] < loads[other] }
    if tie == .count, held[rank].count != held[other].count { return held[rank].count < held[other].count }
    return rank < other
  }
}

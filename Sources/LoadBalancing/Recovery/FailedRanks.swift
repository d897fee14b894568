import Diagnostics

/// Ranks of a job that have failed, and those that are alive.
public struct FailedRanks: Equatable, Sendable {
  /// Of the job, failed ones included.
  public let ranks: Int
  /// Ascending.
  public let alive: [Int]

  /// - Throws: `InputError` (usage) if a failed rank is none.
  public init(_ failed: Set<Int>, of ranks: Int) throws(InputError) {
    if let unknown = failed.sorted().first(where: { !(0..<ranks ~= $0) }) {
      throw InputError("rank \(unknown) cannot fail, expected 0…\(ranks - 1)", status: .usage)
    }
    self.ranks = ranks
    alive = (0..<ranks).filter { !failed.contains($0) }
  }

  /// - Throws: `InputError` (usage) if the ranks alive cannot hold all experts; it says how many slots would do.
  func requireRoom(slotsPerRank: Int, experts: Int) throws(InputError) {
    let slots = alive.count * slotsPerRank
    guard slots < experts else { return }
    let enough = alive.isEmpty ? "" : "; \((experts + alive.count - 1) / alive.count) slots on each would do"
    throw InputError("\(slots) slots on the ranks alive cannot hold \(experts) experts\(enough)", status: .usage)
  }
}

import Diagnostics
import RoutingTrace

/// The ranks and nodes that figures per rank assume, experts placed on them in order.
public struct RankLayout: Sendable {
  /// Ranks of one node.
  public var ranksPerNode: Int
  /// A size of the group to look at beside 4, 8, 16, 32 and 64.
  public var ranks: Int?
  /// Where tokens start.
  public var sources: TokenSources
  /// By number of nodes: how many of them the router lets a token's experts lie on; nil without a limit.
  public var nodesPerTokenLimit: @Sendable (_ nodes: Int) -> Int?

  public init(
    ranksPerNode: Int = 8, ranks: Int? = nil, sources: TokenSources = TokenSources(),
    nodesPerTokenLimit: @escaping @Sendable (_ nodes: Int) -> Int? = { _ in nil }
  ) {
    self.ranksPerNode = ranksPerNode
    self.ranks = ranks
    self.sources = sources
    self.nodesPerTokenLimit = nodesPerTokenLimit
  }

  /// The sizes of the group that are looked at, ascending.
  ///
  /// - Throws: `InputError` (usage) when the experts cannot be shared out evenly among `ranks`.
  func sizes(experts: Int) throws(InputError) -> [Int] {
    if let ranks, ranks < 1 || experts % ranks != 0 {
      throw InputError(
        "\(experts) experts cannot be shared out evenly among \(ranks) ranks", in: "--ranks", status: .usage)
    }
    return Set(TraceStatistics.rankCounts(experts: experts) + (ranks.map { [$0] } ?? [])).sorted()
  }

  /// Sources on each of the sizes that groups sharing attention make up.
  ///
  /// - Throws: `InputError` (usage) when that is none of them, or not the one that was asked for.
  func assignments(sizes: [Int]) throws(InputError) -> [SourceAssignment] {
    if let ranks { _ = try sources.assignment(ranks: ranks) }
    let assignments = sizes.compactMap { try? sources.assignment(ranks: $0) }
    if assignments.isEmpty, let largest = sizes.last { _ = try sources.assignment(ranks: largest) }
    return assignments
  }

  /// Nil where the ranks do not fill nodes.
  func nodes(ranks: Int) -> Int? {
    if ranks <= ranksPerNode { return 1 }
    return ranks % ranksPerNode == 0 ? ranks / ranksPerNode : nil
  }
}

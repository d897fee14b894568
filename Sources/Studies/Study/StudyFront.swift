/// For every machine and model the policies that none beats in time, memory and moves, over all of its traces and seeds.
public struct StudyFront: Sendable {
  /// What the means are over.
  public struct Group: Codable, Hashable, Sendable {
    public var cluster: String
    public var ranks: Int
    public var model: String
  }

  public struct Point: Codable, Equatable, Sendable {
    public var group: Group
    public var policy: String
    /// Traces and seeds.
    public var settings: Int
    /// 1 − total time / the baseline's, the mean over settings.
    public var improvement: Double
    /// The mean over settings, as is the next.
    public var replicaBytesPerRank: Double
    public var movedBytes: Double

    /// What is to be small.
    fileprivate var costs: [Double] { [-improvement, replicaBytesPerRank, movedBytes] }
  }

  private var points: [Group: [String: Point]] = [:]
  private var settings: [Group: Int] = [:]

  public init() {}

  /// - Parameter rows: of one setting; those that look ahead are left out.
  public mutating func add(_ rows: [StudyRow]) {
    guard let setting = rows.first?.setting else { return }
    let group = Group(cluster: setting.cluster, ranks: setting.ranks, model: setting.model)
    settings[group, default: 0] += 1
    for row in rows where row.causal == true {
      var point =
        points[group]?[row.policy]
        ?? Point(
          group: group, policy: row.policy, settings: 0, improvement: 0, replicaBytesPerRank: 0, movedBytes: 0)
      point.settings += 1
      point.improvement += row.figures["improvement.total"] ?? 0
      point.replicaBytesPerRank += row.figures["memory.replicaBytesPerRank"] ?? 0
      point.movedBytes += row.figures["rebalances.movedBytes"] ?? 0
      points[group, default: [:]][row.policy] = point
    }
  }

  /// Group by group, the fastest first. Only policies that could be replayed in every setting of the group take part.
  public var front: [Point] {
    let groups = points.keys.sorted { ($0.cluster, $0.ranks, $0.model) < ($1.cluster, $1.ranks, $1.model) }
    return groups.flatMap { group -> [Point] in
      let means = (points[group] ?? [:]).values.filter { $0.settings == settings[group] }.map(\.mean)
        .sorted {
          ($0.costs[0], $0.costs[1], $0.costs[2], $0.policy) < ($1.costs[0], $1.costs[1], $1.costs[2], $1.policy)
        }
      return means.enumerated().filter { place, point in
        !means.enumerated().contains { other, better in
          zip(better.costs, point.costs).allSatisfy { $0 <= $1 } && (better.costs != point.costs || other < place)
        }
      }.map(\.element)
    }
  }
}

extension StudyFront.Point {
  fileprivate var mean: Self {
    var mean = self
    let count = Double(settings)
    mean.improvement /= count
    mean.replicaBytesPerRank /= count
    mean.movedBytes /= count
    return mean
  }
}

import PerformanceModel

extension FitParameter {
  /// Bytes per microsecond, and microseconds.
  private static let bandwidths = 1e-3...1e9
  private static let times = 1e-6...1e6

  typealias LinkPath = WritableKeyPath<Cluster, Link?> & Sendable

  /// Bandwidths, latencies by number of ranks, and floors of both levels.
  static func links(of cluster: Cluster) -> [FitParameter] {
    let levels: [(String, LinkPath)] = [("scaleUp", \.scaleUp), ("scaleOut", \.scaleOut)]
    return levels.flatMap { name, link in
      [
        figure("\(name).dispatchBandwidth", bandwidths, link, \.dispatchBandwidth),
        figure("\(name).combineBandwidth", bandwidths, link, \.combineBandwidth),
      ] + latencies("\(name).dispatchLatency", link, \.dispatchLatency, of: cluster)
        + latencies("\(name).combineLatency", link, \.combineLatency, of: cluster) + [
          figure("\(name).dispatchFloor", times, link, \.dispatchFloor),
          figure("\(name).combineFloor", times, link, \.combineFloor),
          figure("\(name).halfSize", bandwidths, link, \.halfSize),
        ]
    }
  }

  private static func figure(
    _ name: String, _ range: ClosedRange<Double>, _ link: LinkPath,
    _ figure: WritableKeyPath<Link, Double> & Sendable
  ) -> FitParameter {
    FitParameter(name, range) {
      $0[keyPath: link]?[keyPath: figure]
    } write: {
      $0[keyPath: link]?[keyPath: figure] = $1
    }
  }

  /// One for each entry of the table that the machine has.
  private static func latencies(
    _ name: String, _ link: LinkPath, _ path: WritableKeyPath<Link, Latency> & Sendable, of cluster: Cluster
  ) -> [FitParameter] {
    guard let points = cluster[keyPath: link]?[keyPath: path].points else { return [] }
    return points.indices.map { index in
      let label = points.count > 1 ? "\(name) of \(points[index].ranks) ranks" : name
      return FitParameter(label, times) {
        $0[keyPath: link]?[keyPath: path].points[index].microseconds
      } write: {
        guard var points = $0[keyPath: link]?[keyPath: path].points else { return }
        points[index].microseconds = $1
        $0[keyPath: link]?[keyPath: path] = Latency(points: points)
      }
    }
  }
}

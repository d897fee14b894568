import PerformanceModel

extension FitParameter {
  typealias LinkPath = WritableKeyPath<Cluster, Link?> & Sendable

  /// Bandwidths, latencies by number of ranks, floors and the protocol of small messages, of both levels.
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
          small("\(name).small.latency", times, link, \.latency),
          small("\(name).small.bandwidth", bandwidths, link, \.bandwidth),
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

  private static func small(
    _ name: String, _ range: ClosedRange<Double>, _ link: LinkPath,
    _ figure: WritableKeyPath<SmallMessages, Double> & Sendable
  ) -> FitParameter {
    FitParameter(name, range) {
      $0[keyPath: link]?.small?[keyPath: figure]
    } write: {
      $0[keyPath: link]?.small?[keyPath: figure] = $1
    }
  }

  private static func latencies(
    _ name: String, _ link: LinkPath, _ path: WritableKeyPath<Link, Latency> & Sendable, of cluster: Cluster
  ) -> [FitParameter] {
    table(name, of: cluster) {
      $0[keyPath: link]?[keyPath: path]
    } write: {
      $0[keyPath: link]?[keyPath: path] = $1
    }
  }

  /// One for each entry of a table by number of ranks, as the machine has it.
  static func table(
    _ name: String, of cluster: Cluster, read: @escaping @Sendable (Cluster) -> Latency?,
    write: @escaping @Sendable (inout Cluster, Latency) -> Void
  ) -> [FitParameter] {
    guard let points = read(cluster)?.points else { return [] }
    return points.indices.map { index in
      let label = points.count > 1 ? "\(name) of \(points[index].ranks) ranks" : name
      return FitParameter(label, times) {
        read($0)?.points[index].microseconds
      } write: {
        guard var points = read($0)?.points else { return }
        points[index].microseconds = $1
        write(&$0, Latency(points: points))
      }
    }
  }
}

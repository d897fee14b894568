/// What a cluster's links make of dispatch or of combine: the figures that the port model prices it with.
public struct PortOperation: Equatable, Sendable {
  /// Microseconds: before anything is sent, at least for all of it, and of the widest level that the group spans.
  public let overhead: Double
  public let floor: Double
  public let latency: Double
  /// Bytes per microsecond of a rank.
  public let scaleUpBandwidth: Double
  public let scaleOutBandwidth: Double

  /// Nil on a cluster without links of its own; a cluster of one node may lack scale-out.
  public static func dispatch(of cluster: Cluster) -> PortOperation? {
    PortOperation(
      cluster, overhead: cluster.overhead.dispatch, bandwidth: \.dispatchBandwidth, latency: \.dispatchLatency,
      floor: \.dispatchFloor)
  }

  /// As `dispatch`.
  public static func combine(of cluster: Cluster) -> PortOperation? {
    PortOperation(
      cluster, overhead: cluster.overhead.combine, bandwidth: \.combineBandwidth, latency: \.combineLatency,
      floor: \.combineFloor)
  }

  private init?(
    _ cluster: Cluster, overhead: Double, bandwidth: KeyPath<Link, Double>, latency: KeyPath<Link, Latency>,
    floor: KeyPath<Link, Double>
  ) {
    guard let scaleUp = cluster.scaleUp else { return nil }
    let scaleOut = cluster.scaleOut ?? scaleUp
    let widest = cluster.nodes > 1 ? scaleOut : scaleUp
    self.overhead = overhead
    self.floor = widest[keyPath: floor]
    self.latency = widest[keyPath: latency].microseconds(ranks: cluster.ranks)
    scaleUpBandwidth = scaleUp[keyPath: bandwidth]
    scaleOutBandwidth = scaleOut[keyPath: bandwidth]
  }

  /// The busiest port's time at full bandwidth.
  func bound(of loads: PortCopies, bytesPerCopy: Double) -> Double {
    max(
      loads.maximumScaleOut * bytesPerCopy / scaleOutBandwidth, loads.maximumScaleUp * bytesPerCopy / scaleUpBandwidth)
  }
}

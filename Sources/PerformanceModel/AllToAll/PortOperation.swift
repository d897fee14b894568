/// What a cluster's links make of dispatch or of combine: the figures that the port model prices it with.
public struct PortOperation: Equatable, Sendable {
  /// Microseconds: before anything is sent, at least for all of it, and of the widest level that the group spans.
  public let overhead: Double
  public let floor: Double
  public let latency: Double
  /// Bytes per microsecond of a rank.
  public let scaleUpBandwidth: Double
  public let scaleOutBandwidth: Double
  let work: KernelWork
  /// Microseconds that stages take one after another, at most.
  let fill: Double
  /// Nil beyond one node.
  let small: SmallMessages?

  /// Nil on a cluster without links of its own; a cluster of one node may lack scale-out.
  public static func dispatch(of cluster: Cluster) -> PortOperation? {
    PortOperation(
      cluster, overhead: cluster.overhead.dispatch, work: cluster.work.dispatch, bandwidth: \.dispatchBandwidth,
      latency: \.dispatchLatency, floor: \.dispatchFloor)
  }

  /// As `dispatch`.
  public static func combine(of cluster: Cluster) -> PortOperation? {
    PortOperation(
      cluster, overhead: cluster.overhead.combine, work: cluster.work.combine, bandwidth: \.combineBandwidth,
      latency: \.combineLatency, floor: \.combineFloor)
  }

  private init?(
    _ cluster: Cluster, overhead: Double, work: KernelWork, bandwidth: KeyPath<Link, Double>,
    latency: KeyPath<Link, Latency>, floor: KeyPath<Link, Double>
  ) {
    guard let scaleUp = cluster.scaleUp else { return nil }
    let scaleOut = cluster.scaleOut ?? scaleUp
    let widest = cluster.nodes > 1 ? scaleOut : scaleUp
    self.overhead = overhead
    self.floor = widest[keyPath: floor]
    self.latency = widest[keyPath: latency].microseconds(ranks: cluster.ranks)
    scaleUpBandwidth = scaleUp[keyPath: bandwidth]
    scaleOutBandwidth = scaleOut[keyPath: bandwidth]
    self.work = work
    fill = work.fill.microseconds(ranks: cluster.ranks)
    small = cluster.nodes > 1 ? nil : scaleUp.small
  }

  /// Microseconds of an operation, and those of them that do not grow with what is sent.
  ///
  /// - Parameters:
  ///   - up: bytes of the busiest scale-up port.
  ///   - out: bytes of the busiest NIC.
  func time(
    up: Double, out: Double, handled: HandledCopies, bytesPerCopy: Double, shape: TokenShape?
  ) -> (total: Double, fixed: Double) {
    let latency = latency + work.latency(of: shape)
    let ports = (
      up: up > 0 ? up / scaleUpBandwidth : 0, out: out > 0 ? out / scaleOutBandwidth : 0
    )
    let kernels = work.hasStage ? work.time(of: handled, bytesPerCopy: bytesPerCopy, shape: shape) : 0
    let longest = max(ports.up, ports.out, kernels)
    let paced = latency + longest + min(fill, ports.up + ports.out + kernels - longest)
    if let small, small.latency + up / small.bandwidth < paced {
      return (overhead + max(floor, small.latency + up / small.bandwidth), overhead + max(floor, small.latency))
    }
    return (overhead + max(floor, paced), overhead + (paced > floor ? latency : floor))
  }

  /// The busiest port's time at full bandwidth.
  func bound(of loads: PortCopies, bytesPerCopy: Double) -> Double {
    max(
      loads.maximumScaleOut * bytesPerCopy / scaleOutBandwidth, loads.maximumScaleUp * bytesPerCopy / scaleUpBandwidth)
  }
}

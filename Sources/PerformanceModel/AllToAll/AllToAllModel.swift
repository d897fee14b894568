/// What the two All-to-Alls of one layer of one step cost.
public struct AllToAllCost: Equatable, Sendable {
  /// Microseconds.
  public var dispatch: Double
  /// Microseconds; 0 when the payload has no combine.
  public var combine: Double
  /// Bytes that crossed rank-to-rank links inside nodes in dispatch; combine sends the same copies back.
  public var scaleUpBytes: Double
  /// Bytes that crossed between nodes in dispatch.
  public var scaleOutBytes: Double
  /// Microseconds that no schedule of these copies over these paths could beat, dispatch and combine together: the busiest
  /// port or link at its bandwidth, without latency.
  public var bound: Double

  public init(
    dispatch: Double = 0, combine: Double = 0, scaleUpBytes: Double = 0, scaleOutBytes: Double = 0, bound: Double = 0
  ) {
    self.dispatch = dispatch
    self.combine = combine
    self.scaleUpBytes = scaleUpBytes
    self.scaleOutBytes = scaleOutBytes
    self.bound = bound
  }
}

/// Prices the dispatch and combine All-to-Alls of one layer of one step.
public protocol AllToAllModel: Sendable {
  func price(_ traffic: Traffic, payload: Payload) throws -> AllToAllCost
}

/// A model whose times take long to compute, but not what bounds them.
public protocol OutliningModel: AllToAllModel {
  /// Microseconds before anything arrives, within the times that `price` gives.
  var dispatchLatency: Double { get }
  var combineLatency: Double { get }

  /// The bytes and the bound that `price` gives; dispatch and combine are their parts of the bound.
  func outline(_ traffic: Traffic, payload: Payload) -> AllToAllCost
}

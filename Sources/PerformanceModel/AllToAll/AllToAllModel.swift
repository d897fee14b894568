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
  /// Rounds of packets, dispatch and combine together; nil for a model that knows none.
  public var rounds: Double?
  /// Microseconds of dispatch and combine together that no byte takes: overhead, and latency or the floor in its place.
  public var fixed: Double
  /// Paths through the busiest core of a mesh, in dispatch or combine; nil where paths are not counted.
  public var routingEntries: Int?

  public init(
    dispatch: Double = 0, combine: Double = 0, scaleUpBytes: Double = 0, scaleOutBytes: Double = 0, bound: Double = 0,
    rounds: Double? = nil, fixed: Double = 0, routingEntries: Int? = nil
  ) {
    self.dispatch = dispatch
    self.combine = combine
    self.scaleUpBytes = scaleUpBytes
    self.scaleOutBytes = scaleOutBytes
    self.bound = bound
    self.rounds = rounds
    self.fixed = fixed
    self.routingEntries = routingEntries
  }
}

/// Prices the dispatch and combine All-to-Alls of one layer of one step.
public protocol AllToAllModel: Sendable {
  func price(_ traffic: Traffic, payload: Payload) throws -> AllToAllCost

  /// `[ranks][ranks]` copies that go from a rank to another in dispatch, hop by hop; combine's go back. Straight from
  /// their rows to their columns they have the price of `traffic`.
  func hops(of traffic: Traffic, copies: Copies) -> [Double]

  /// Whether its times are a document's definition, which no measurement can be off.
  var isDefinition: Bool { get }

  /// What of a `Traffic` its prices depend on. All of it unless stated.
  var reads: TrafficDetail { get }

  /// The paths whose `Traffic.portCopies` its prices go by; nil for a model that does not look at them. Nil unless
  /// stated.
  var portPaths: Copies? { get }

  /// The same price, if what the ports of `portPaths` carry was summed up already.
  func price(_ traffic: Traffic, ports: PortCopies, payload: Payload) throws -> AllToAllCost
}

extension AllToAllModel {
  public var isDefinition: Bool { false }
  public var reads: TrafficDetail { .visits }
  public var portPaths: Copies? { nil }

  public func price(_ traffic: Traffic, ports: PortCopies, payload: Payload) throws -> AllToAllCost {
    try price(traffic, payload: payload)
  }

  /// Deduplicated copies between nodes go through a relay on the destination's node.
  public func hops(of traffic: Traffic, copies: Copies) -> [Double] {
    traffic.hopCopies(copies, throughRelays: true)
  }
}

/// A model whose times take long to compute, but not what bounds them.
public protocol OutliningModel: AllToAllModel {
  /// Microseconds before anything arrives, within the times that `price` gives.
  var dispatchLatency: Double { get }
  var combineLatency: Double { get }

  /// The bytes and the bound that `price` gives; dispatch and combine are their parts of the bound.
  func outline(_ traffic: Traffic, payload: Payload) -> AllToAllCost
}

import Diagnostics
import Foundation

/// One level of links as a rank sees it: α-β with a floor, and separate figures for dispatch and combine.
public struct Link: Equatable, Sendable {
  /// Bytes per microsecond, one way, per rank.
  public var dispatchBandwidth: Double
  /// Bytes per microsecond, one way, per rank.
  public var combineBandwidth: Double
  public var dispatchLatency: Latency
  public var combineLatency: Latency
  /// Microseconds that no dispatch undercuts, however little it sends.
  public var dispatchFloor: Double
  /// Microseconds that no combine undercuts, however little it sends.
  public var combineFloor: Double
  /// Bytes of a message to one peer that reach half of the bandwidth; 0 when messages of any size reach all of it.
  public var halfSize: Double
  /// A protocol that carries small messages faster, inside a node; nil for none.
  public var small: SmallMessages?

  public init(
    dispatchBandwidth: Double, combineBandwidth: Double, dispatchLatency: Double = 0, combineLatency: Double = 0
  ) {
    self.dispatchBandwidth = dispatchBandwidth
    self.combineBandwidth = combineBandwidth
    self.dispatchLatency = Latency(dispatchLatency)
    self.combineLatency = Latency(combineLatency)
    dispatchFloor = 0
    combineFloor = 0
    halfSize = 0
  }

  /// `bandwidth` holds for both directions unless `dispatchBandwidth` or `combineBandwidth` says otherwise; latencies,
  /// floors and `halfSize` are 0 unless given.
  public init(settings: Settings) throws(InputError) {
    let both = try settings.optionalBandwidth("bandwidth")
    let dispatch = try settings.optionalBandwidth("dispatchBandwidth") ?? both
    let combine = try settings.optionalBandwidth("combineBandwidth") ?? both
    guard let dispatch, let combine else { throw settings.error("missing", at: "bandwidth") }
    dispatchBandwidth = dispatch
    combineBandwidth = combine
    dispatchLatency = try Latency(settings: settings, key: "dispatchLatency")
    combineLatency = try Latency(settings: settings, key: "combineLatency")
    dispatchFloor = try settings.optionalDuration("dispatchFloor") ?? 0
    combineFloor = try settings.optionalDuration("combineFloor") ?? 0
    halfSize = try settings.optionalSize("halfSize") ?? 0
    small = try settings.optionalSection("small").map(SmallMessages.init(settings:))
    try settings.rejectUnknownKeys()
  }

  /// Bandwidth alone, as the bound sees it.
  var withoutLatency: Link { Link(dispatchBandwidth: dispatchBandwidth, combineBandwidth: combineBandwidth) }
}

/// A protocol of less latency and less bandwidth, taken where it is the faster one (NCCL's LL128):
/// `small: {latency: 7.2 us, bandwidth: 45 GB/s}`.
public struct SmallMessages: Equatable, Sendable {
  /// Microseconds.
  public var latency: Double
  /// Bytes per microsecond, one way, per rank.
  public var bandwidth: Double

  public init(latency: Double, bandwidth: Double) {
    self.latency = latency
    self.bandwidth = bandwidth
  }

  init(settings: Settings) throws(InputError) {
    latency = try settings.duration("latency")
    bandwidth = try settings.bandwidth("bandwidth")
    try settings.rejectUnknownKeys()
  }
}

/// A latency that may depend on the number of ranks: `13.2 us`, or a table such as `{8: 13.2 us, 16: 19.2 us}`.
///
/// Between two entries of the table it is linear in log2(ranks); beyond its ends it stays what it is there.
public struct Latency: Equatable, Sendable {
  /// An entry of the table.
  public struct Point: Equatable, Sendable {
    public var ranks: Int
    public var microseconds: Double

    public init(ranks: Int, microseconds: Double) {
      self.ranks = ranks
      self.microseconds = microseconds
    }
  }

  /// Ascending in ranks, never empty.
  public let points: [Point]

  /// The same for any number of ranks.
  public init(_ microseconds: Double) { points = [Point(ranks: 1, microseconds: microseconds)] }

  /// - Parameter points: at least one, with distinct ranks.
  public init(points: [Point]) {
    precondition(!points.isEmpty)
    self.points = points.sorted { $0.ranks < $1.ranks }
  }

  init(settings: Settings, key: String) throws(InputError) {
    guard settings.contains(key) else {
      self.init(0)
      return
    }
    if (try? settings.string(key)) != nil {
      self.init(try settings.duration(key))
      return
    }
    let table = try settings.section(key)
    var points: [Point] = []
    for name in table.keys {
      guard let ranks = Int(name), (1...Cluster.maximumRanks).contains(ranks) else {
        throw table.error("'\(name)' is not a number of ranks in 1…\(Cluster.maximumRanks)", at: name)
      }
      points.append(Point(ranks: ranks, microseconds: try table.duration(name)))
    }
    guard !points.isEmpty else { throw settings.error("an empty table", at: key) }
    self.init(points: points)
  }

  /// What `init(settings:)` reads back.
  var text: String {
    guard points.count > 1 else { return shortTime(points[0].microseconds) }
    return "{" + points.map { "\($0.ranks): \(shortTime($0.microseconds))" }.joined(separator: ", ") + "}"
  }

  /// Microseconds for a group of `ranks`.
  public func microseconds(ranks: Int) -> Double {
    guard let above = points.firstIndex(where: { $0.ranks >= ranks }) else {
      return points[points.count - 1].microseconds
    }
    guard above > 0, points[above].ranks != ranks else { return points[above].microseconds }
    let (low, high) = (points[above - 1], points[above])
    let position = log2(Double(ranks) / Double(low.ranks)) / log2(Double(high.ranks) / Double(low.ranks))
    return low.microseconds + position * (high.microseconds - low.microseconds)
  }
}

/// Fixed microseconds of each operation before anything is sent: layout exchange ("notify"), launches.
public struct OperationOverhead: Equatable, Sendable {
  public var dispatch: Double
  public var combine: Double

  public static let none = OperationOverhead(dispatch: 0, combine: 0)

  public init(dispatch: Double, combine: Double) {
    self.dispatch = dispatch
    self.combine = combine
  }

  init(settings: Settings) throws(InputError) {
    dispatch = try settings.optionalDuration("dispatch") ?? 0
    combine = try settings.optionalDuration("combine") ?? 0
    try settings.rejectUnknownKeys()
  }
}

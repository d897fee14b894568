import Diagnostics

/// The full-mesh network of the MoE routing simulation and performance model document.
public struct RoundRobinParameters: Equatable, Sendable {
  /// Links between each pair of nodes.
  public var links: Int
  /// Bytes per microsecond of one link.
  public var linkBandwidth: Double
  /// Bytes.
  public var packetSize: Double
  /// Microseconds of processor time per packet.
  public var packetPreparation: Double
  /// Packets that a source sends one destination before it turns to the next.
  public var maxPacketsPerTurn: Int
  /// Bytes that a node's NIC moves per round, sent and received together.
  public var nicRate: Double
  /// Microseconds added to every round.
  public var baseDelay: Double
  /// Microseconds before the first round.
  public var initialDelay: Double

  public init(
    links: Int, linkBandwidth: Double, packetSize: Double, packetPreparation: Double, maxPacketsPerTurn: Int,
    nicRate: Double, baseDelay: Double, initialDelay: Double
  ) {
    self.links = links
    self.linkBandwidth = linkBandwidth
    self.packetSize = packetSize
    self.packetPreparation = packetPreparation
    self.maxPacketsPerTurn = maxPacketsPerTurn
    self.nicRate = nicRate
    self.baseDelay = baseDelay
    self.initialDelay = initialDelay
  }

  public init(settings: Settings) throws(InputError) {
    links = try settings.integer("links", in: 1...1024)
    linkBandwidth = try settings.bandwidth("linkBandwidth")
    packetSize = try settings.size("packetSize")
    packetPreparation = try settings.duration("packetPreparation")
    maxPacketsPerTurn = try settings.integer("maxPacketsPerTurn", in: 1...1_000_000)
    nicRate = try settings.size("nicRate")
    baseDelay = try settings.duration("baseDelay")
    initialDelay = try settings.optionalDuration("initialDelay") ?? 0
    try settings.rejectUnknownKeys()
  }

  /// Bytes that one link carries per round: a millisecond of its bandwidth. Undoes the rounding of the unit's conversion.
  public var linkBytesPerRound: Double {
    let bytes = linkBandwidth * 1000
    let whole = bytes.rounded()
    return abs(bytes - whole) <= 1e-9 * bytes ? whole : bytes
  }
}

import Diagnostics

/// The full-mesh network of the MoE routing simulation and performance model document.
public struct RoundRobinParameters: ClusterSection {
  public static let key = "roundRobin"

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
  /// Packets of a link that are prepared at the same time.
  public var preparedAtOnce: Int
  /// The document's parallelization multiplier, "extra time needed if done in parallel": a packet is prepared while the
  /// one before it is sent, and a round takes so many times what that leaves. Nil: one after the other.
  public var overlapPreparation: Double?
  /// Links between nodes of different clusters; nil when all nodes are one cluster.
  public var clusters: Clusters?

  /// Consecutive nodes form clusters, with other links between these.
  public struct Clusters: Equatable, Sendable {
    public var nodesPerCluster: Int
    /// Bytes per microsecond of one link between nodes of different clusters.
    public var linkBandwidth: Double

    public init(nodesPerCluster: Int, linkBandwidth: Double) {
      self.nodesPerCluster = nodesPerCluster
      self.linkBandwidth = linkBandwidth
    }
  }

  public init(
    links: Int, linkBandwidth: Double, packetSize: Double, packetPreparation: Double, maxPacketsPerTurn: Int,
    nicRate: Double, baseDelay: Double, initialDelay: Double, preparedAtOnce: Int = 1,
    overlapPreparation: Double? = nil,
    clusters: Clusters? = nil
  ) {
    self.links = links
    self.linkBandwidth = linkBandwidth
    self.packetSize = packetSize
    self.packetPreparation = packetPreparation
    self.maxPacketsPerTurn = maxPacketsPerTurn
    self.nicRate = nicRate
    self.baseDelay = baseDelay
    self.initialDelay = initialDelay
    self.preparedAtOnce = preparedAtOnce
    self.overlapPreparation = overlapPreparation
    self.clusters = clusters
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
    preparedAtOnce = try settings.optionalInteger("preparedAtOnce", in: 1...1_000_000) ?? 1
    overlapPreparation = try settings.optionalNumber("overlapPreparation", in: 1...1000)
    guard overlapPreparation == nil || preparedAtOnce == 1 else {
      throw settings.error("packets are prepared at once, not one while another is sent", at: "overlapPreparation")
    }
    if settings.contains("nodesPerCluster") || settings.contains("interClusterBandwidth") {
      clusters = Clusters(
        nodesPerCluster: try settings.integer("nodesPerCluster", in: 1...Cluster.maximumRanks),
        linkBandwidth: try settings.bandwidth("interClusterBandwidth"))
    }
    try settings.rejectUnknownKeys()
  }

  public var text: String {
    "{links: \(links), linkBandwidth: \(shortNumber(linkBytesPerRound)) B/ms, packetSize: \(shortNumber(packetSize)) B, "
      + "packetPreparation: \(shortNumber(packetPreparation)) us, maxPacketsPerTurn: \(maxPacketsPerTurn), "
      + "nicRate: \(shortNumber(nicRate)) B, baseDelay: \(shortNumber(baseDelay)) us, "
      + "initialDelay: \(shortNumber(initialDelay)) us, preparedAtOnce: \(preparedAtOnce)"
      + (overlapPreparation.map { ", overlapPreparation: \(shortNumber($0))" } ?? "")
      + (clusters.map {
        ", nodesPerCluster: \($0.nodesPerCluster), interClusterBandwidth: \(shortNumber($0.linkBandwidth * 1e3)) B/ms"
      } ?? "") + "}"
  }

  /// Bytes that one link within a cluster carries per round.
  public var linkBytesPerRound: Double { Self.bytesPerRound(linkBandwidth) }

  /// A millisecond of a link's bandwidth. Undoes the rounding of the unit's conversion.
  static func bytesPerRound(_ bandwidth: Double) -> Double {
    let bytes = bandwidth * 1000
    let whole = bytes.rounded()
    return abs(bytes - whole) <= 1e-9 * bytes ? whole : bytes
  }

  /// Bytes per microsecond of a link between two nodes.
  public func linkBandwidth(between first: Int, and second: Int) -> Double {
    guard let clusters, first / clusters.nodesPerCluster != second / clusters.nodesPerCluster else {
      return linkBandwidth
    }
    return clusters.linkBandwidth
  }

  /// Bytes per microsecond that one of `nodes` can send, and receive, at most.
  func nodeBandwidth(nodes: Int) -> Double {
    Double(max(1, nodes - 1)) * Double(links) * max(linkBandwidth, clusters?.linkBandwidth ?? 0)
  }
}

extension Cluster {
  /// Nil for a cluster that is no packet network.
  public var roundRobin: RoundRobinParameters? {
    get { sections[RoundRobinParameters.self] }
    set { sections[RoundRobinParameters.self] = newValue }
  }
}

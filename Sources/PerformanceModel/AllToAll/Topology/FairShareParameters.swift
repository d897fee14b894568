import Diagnostics

/// What a cluster file says of an explicit topology.
public struct FairShareParameters: ClusterSection {
  public static let key = "fairShare"

  /// A name in `Topologies`.
  public var topology: String
  /// Bytes per microsecond of each link, one way.
  public var linkBandwidth: Double?
  /// Ranks side by side in a 2-D mesh.
  public var columns: Int?
  /// Microseconds of every hop on a path over a 2-D mesh.
  public var hopLatency = 0.0
  /// Microseconds where software sends a message on in a 2-D mesh.
  public var relayLatency = 0.0
  /// Paths that a core of a 2-D mesh routes; nil for any number.
  public var routingEntries: Int?
  /// Nodes whose NICs of one local index share a leaf switch.
  public var nodesPerPod: Int?
  /// Bandwidth into a leaf switch over bandwidth out of it towards the spine.
  public var oversubscription: Double?
  /// `a-b` or `a-b 25 GB/s`, both ways.
  public var edges: [Edge]?
  /// Microseconds, for topologies without ports.
  public var latency: Double

  /// A link between two ranks, both ways.
  public struct Edge: Equatable, Sendable {
    public var first: Int
    public var second: Int
    /// Bytes per microsecond each way.
    public var bandwidth: Double

    public init(first: Int, second: Int, bandwidth: Double) {
      self.first = first
      self.second = second
      self.bandwidth = bandwidth
    }
  }

  public init(
    topology: String, linkBandwidth: Double? = nil, columns: Int? = nil, nodesPerPod: Int? = nil,
    oversubscription: Double? = nil, edges: [Edge]? = nil, latency: Double = 0
  ) {
    self.topology = topology
    self.linkBandwidth = linkBandwidth
    self.columns = columns
    self.nodesPerPod = nodesPerPod
    self.oversubscription = oversubscription
    self.edges = edges
    self.latency = latency
  }

  /// - Throws: `InputError` with the line of what is missing, unknown or out of range.
  public init(settings: Settings) throws(InputError) {
    self.init(topology: try settings.choice("topology", of: Topologies.registry.names))
    linkBandwidth = try settings.optionalBandwidth("linkBandwidth")
    columns = try settings.optionalInteger("columns", in: 1...Cluster.maximumRanks)
    hopLatency = try settings.optionalDuration("hopLatency") ?? 0
    relayLatency = try settings.optionalDuration("relayLatency") ?? 0
    routingEntries = try settings.optionalInteger("routingEntries", in: 0...65_536)
    for key in ["hopLatency", "relayLatency", "routingEntries"]
    where topology != Topologies.mesh2D && settings.contains(key) {
      throw settings.error("a key of \(Topologies.mesh2D), not of \(topology)", at: key)
    }
    nodesPerPod = try settings.optionalInteger("nodesPerPod", in: 1...Cluster.maximumRanks)
    oversubscription = try settings.optionalNumber("oversubscription", in: 0.01...1000)
    latency = try settings.optionalDuration("latency") ?? 0
    if settings.contains("links") {
      var edges: [Edge] = []
      for text in try settings.strings("links") {
        guard let edge = Edge(text, bandwidth: linkBandwidth) else {
          throw settings.error("'\(text)', expected two ranks and a bandwidth such as '0-1 25 GB/s'", at: "links")
        }
        edges.append(edge)
      }
      self.edges = edges
    }
    try settings.rejectUnknownKeys()
  }

  public var text: String {
    var parts = ["topology: \(topology)"]
    if let linkBandwidth { parts.append("linkBandwidth: \(shortNumber(linkBandwidth / 1e3)) GB/s") }
    if let columns { parts.append("columns: \(columns)") }
    if hopLatency > 0 { parts.append("hopLatency: \(shortNumber(hopLatency)) us") }
    if relayLatency > 0 { parts.append("relayLatency: \(shortNumber(relayLatency)) us") }
    if let routingEntries { parts.append("routingEntries: \(routingEntries)") }
    if let nodesPerPod { parts.append("nodesPerPod: \(nodesPerPod)") }
    if let oversubscription { parts.append("oversubscription: \(shortNumber(oversubscription))") }
    if latency > 0 { parts.append("latency: \(shortNumber(latency)) us") }
    if let edges {
      let links = edges.map { "\"\($0.first)-\($0.second) \(shortNumber($0.bandwidth / 1e3)) GB/s\"" }
      parts.append("links: [\(links.joined(separator: ", "))]")
    }
    return "{" + parts.joined(separator: ", ") + "}"
  }
}

extension Cluster {
  /// Nil for a cluster without an explicit topology.
  public var fairShare: FairShareParameters? {
    get { sections[FairShareParameters.self] }
    set { sections[FairShareParameters.self] = newValue }
  }
}

extension FairShareParameters.Edge {
  /// Nil unless `text` is two ranks with a dash between them and, without a `bandwidth` to fall back on, a bandwidth.
  init?(_ text: String, bandwidth: Double?) {
    let parts = text.split(separator: " ", maxSplits: 1)
    let ends = parts.first?.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) } ?? []
    guard ends.count == 2, let first = ends[0], let second = ends[1], first != second, first >= 0, second >= 0 else {
      return nil
    }
    var rate = bandwidth
    if parts.count == 2 {
      guard let quantity = try? Quantity(String(parts[1])), quantity.dimension == .bandwidth,
        Dimension.bandwidth.range.contains(quantity.value)
      else {
        return nil
      }
      rate = quantity.value
    }
    guard let rate else { return nil }
    self.init(first: first, second: second, bandwidth: rate)
  }
}

import Diagnostics

/// A cluster as the text of a file that `Cluster(settings:)` reads back, to six significant digits.
public struct ClusterFile: Sendable {
  private let cluster: Cluster
  private let comments: [String]

  /// - Parameter comments: lines to put on top, such as where the figures come from.
  public init(_ cluster: Cluster, comments: [String]) {
    self.cluster = cluster
    self.comments = comments
  }

  public var text: String {
    var lines = comments.map { "# \(printable($0))" }
    lines += [
      yamlLine("name", cluster.name), "ranks: \(cluster.ranks)", "ranksPerNode: \(cluster.ranksPerNode)",
      "allToAll: \(cluster.allToAll)", "copies: \(cluster.copies.rawValue)",
    ]
    if let link = cluster.scaleUp { lines.append("scaleUp: \(text(of: link))") }
    if let link = cluster.scaleOut { lines.append("scaleOut: \(text(of: link))") }
    if cluster.overhead != .none {
      let overhead = cluster.overhead
      lines.append("overhead: {dispatch: \(number(overhead.dispatch)) us, combine: \(number(overhead.combine)) us}")
    }
    if let parameters = cluster.roundRobin { lines.append("roundRobin: \(text(of: parameters))") }
    if let parameters = cluster.fairShare { lines.append("fairShare: \(text(of: parameters))") }
    if let gpu = cluster.gpu { lines.append("gpu: \(text(of: gpu))") }
    lines.append("overlap: \(text(of: cluster.overlap))")
    return lines.joined(separator: "\n") + "\n"
  }

  private func text(of link: Link) -> String {
    var parts = [
      "dispatchBandwidth: \(number(link.dispatchBandwidth / 1e3)) GB/s",
      "combineBandwidth: \(number(link.combineBandwidth / 1e3)) GB/s",
      "dispatchLatency: \(text(of: link.dispatchLatency))", "combineLatency: \(text(of: link.combineLatency))",
    ]
    if link.dispatchFloor > 0 { parts.append("dispatchFloor: \(number(link.dispatchFloor)) us") }
    if link.combineFloor > 0 { parts.append("combineFloor: \(number(link.combineFloor)) us") }
    if link.halfSize > 0 { parts.append("halfSize: \(number(link.halfSize)) B") }
    return "{" + parts.joined(separator: ", ") + "}"
  }

  private func text(of overlap: Overlap) -> String {
    let fraction = overlap.fraction
    if overlap.derate < 1 { return "{fraction: \(number(fraction)), derate: \(number(overlap.derate))}" }
    return fraction == 0 ? "none" : fraction == 1 ? "full" : number(fraction)
  }

  private func text(of latency: Latency) -> String {
    guard latency.points.count > 1 else { return "\(number(latency.points[0].microseconds)) us" }
    return "{" + latency.points.map { "\($0.ranks): \(number($0.microseconds)) us" }.joined(separator: ", ") + "}"
  }

  private func text(of parameters: RoundRobinParameters) -> String {
    "{links: \(parameters.links), linkBandwidth: \(number(parameters.linkBytesPerRound)) B/ms, "
      + "packetSize: \(number(parameters.packetSize)) B, packetPreparation: \(number(parameters.packetPreparation)) us, "
      + "maxPacketsPerTurn: \(parameters.maxPacketsPerTurn), nicRate: \(number(parameters.nicRate)) B, "
      + "baseDelay: \(number(parameters.baseDelay)) us, initialDelay: \(number(parameters.initialDelay)) us, "
      + "preparedAtOnce: \(parameters.preparedAtOnce)"
      + (parameters.clusters.map {
        ", nodesPerCluster: \($0.nodesPerCluster), interClusterBandwidth: \(number($0.linkBandwidth * 1e3)) B/ms"
      } ?? "") + "}"
  }

  private func text(of parameters: FairShareParameters) -> String {
    var parts = ["topology: \(parameters.topology)"]
    if let rate = parameters.linkBandwidth { parts.append("linkBandwidth: \(number(rate / 1e3)) GB/s") }
    if let columns = parameters.columns { parts.append("columns: \(columns)") }
    if let nodes = parameters.nodesPerPod { parts.append("nodesPerPod: \(nodes)") }
    if let ratio = parameters.oversubscription { parts.append("oversubscription: \(number(ratio))") }
    if parameters.latency > 0 { parts.append("latency: \(number(parameters.latency)) us") }
    if let edges = parameters.edges {
      let links = edges.map { "\"\($0.first)-\($0.second) \(number($0.bandwidth / 1e3)) GB/s\"" }
      parts.append("links: [\(links.joined(separator: ", "))]")
    }
    return "{" + parts.joined(separator: ", ") + "}"
  }

  private func text(of gpu: GPU) -> String {
    var parts = [
      "memory: \(number(gpu.memory / 1e9)) GB", "hbm: \(number(gpu.hbm / 1e6)) TB/s",
      "bf16: \(number(gpu.bf16 / 1e6)) TFLOP/s",
    ]
    if let fp8 = gpu.fp8 { parts.append("fp8: \(number(fp8 / 1e6)) TFLOP/s") }
    if let fp4 = gpu.fp4 { parts.append("fp4: \(number(fp4 / 1e6)) TFLOP/s") }
    parts += [
      "efficiency: {hbm: \(number(gpu.hbmEfficiency)), math: \(number(gpu.mathEfficiency))}",
      "launch: \(number(gpu.launch)) us", "decodeLaunch: \(number(gpu.decodeLaunch)) us", "tile: \(gpu.tile)",
      "smoothness: \(number(gpu.smoothness))",
    ]
    if let waves = gpu.waves {
      parts.append("waves: {multiprocessors: \(waves.multiprocessors), columns: \(waves.columns)}")
    }
    if gpu.prefillFloor > 0 { parts.append("prefillFloor: \(number(gpu.prefillFloor)) us") }
    if gpu.batchToken > 0 { parts.append("batchToken: \(number(gpu.batchToken)) us") }
    return "{" + parts.joined(separator: ", ") + "}"
  }

  /// Six significant digits, without an exponent for anything a cluster holds.
  private func number(_ value: Double) -> String {
    guard value != 0 else { return "0" }
    var scale = 1.0
    while abs(value) * scale < 1e5, scale < 1e12 { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }
}

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
      lines.append(
        "overhead: {dispatch: \(shortNumber(overhead.dispatch)) us, combine: \(shortNumber(overhead.combine)) us}")
    }
    if let text = cluster.work.text { lines.append("work: \(text)") }
    if let formats = cluster.formats { lines.append("formats: \(formats.text)") }
    lines += AllToAllModels.sections.compactMap { cluster.sections.line($0.key) }
    if let gpu = cluster.gpu { lines.append("gpu: \(text(of: gpu))") }
    if let experts = cluster.experts { lines += ["experts:"] + experts.lines.map { "  \($0)" } }
    if let storage = cluster.storage { lines.append("storage: \(storage.text)") }
    if let elastic = cluster.elastic { lines.append("elastic: \(elastic.text)") }
    if !cluster.changes.isEmpty {
      lines.append("changes: [" + cluster.changes.map { "\"\($0.text)\"" }.joined(separator: ", ") + "]")
    }
    lines.append("overlap: \(cluster.overlap.text)")
    if let price = cluster.price { lines.append("cost: \(price.text)") }
    if let text = cluster.uncertainty.text { lines.append("uncertainty: \(text)") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func text(of link: Link) -> String {
    var parts = [
      "dispatchBandwidth: \(shortNumber(link.dispatchBandwidth / 1e3)) GB/s",
      "combineBandwidth: \(shortNumber(link.combineBandwidth / 1e3)) GB/s",
      "dispatchLatency: \(link.dispatchLatency.text)", "combineLatency: \(link.combineLatency.text)",
    ]
    if link.dispatchFloor > 0 { parts.append("dispatchFloor: \(shortNumber(link.dispatchFloor)) us") }
    if link.combineFloor > 0 { parts.append("combineFloor: \(shortNumber(link.combineFloor)) us") }
    if link.halfSize > 0 { parts.append("halfSize: \(shortNumber(link.halfSize)) B") }
    if let small = link.small {
      let bandwidth = shortNumber(small.bandwidth / 1e3)
      parts.append("small: {latency: \(shortNumber(small.latency)) us, bandwidth: \(bandwidth) GB/s}")
    }
    return "{" + parts.joined(separator: ", ") + "}"
  }

  private func text(of gpu: GPU) -> String {
    var parts = [
      "memory: \(shortNumber(gpu.memory / 1e9)) GB", "hbm: \(shortNumber(gpu.hbm / 1e6)) TB/s",
      "bf16: \(shortNumber(gpu.bf16 / 1e6)) TFLOP/s",
    ]
    if let fp8 = gpu.fp8 { parts.append("fp8: \(shortNumber(fp8 / 1e6)) TFLOP/s") }
    if let fp4 = gpu.fp4 { parts.append("fp4: \(shortNumber(fp4 / 1e6)) TFLOP/s") }
    parts += [
      "efficiency: {hbm: \(shortNumber(gpu.hbmEfficiency)), math: \(shortNumber(gpu.mathEfficiency))}",
      "launch: \(shortNumber(gpu.launch)) us", "decodeLaunch: \(shortNumber(gpu.decodeLaunch)) us", "tile: \(gpu.tile)",
      "smoothness: \(shortNumber(gpu.smoothness))",
    ]
    if let multiprocessors = gpu.multiprocessors { parts.append("multiprocessors: \(multiprocessors)") }
    if let waves = gpu.waves {
      parts.append("waves: {multiprocessors: \(waves.multiprocessors), columns: \(waves.columns)}")
    }
    if gpu.prefillFloor > 0 { parts.append("prefillFloor: \(shortNumber(gpu.prefillFloor)) us") }
    if gpu.batchToken > 0 { parts.append("batchToken: \(shortNumber(gpu.batchToken)) us") }
    return "{" + parts.joined(separator: ", ") + "}"
  }
}

import ArgumentParser
import ExpertReplay

/// What a trace is replayed on.
struct MachineOptions: ParsableArguments {
  private static let usualCluster = "h100-ib"

  @Option(help: "A cluster file or a name in clusters/.")
  var cluster = Self.usualCluster

  @Option(help: "Ranks of the expert-parallel group, instead of the cluster's.")
  var ranks: Int?

  @Option(help: "A model file or a name in models/; the trace's own by default.")
  var model: String?

  func validate() throws { try require(ranks, in: 1...Cluster.maximumRanks, "--ranks") }

  func resizedCluster() throws -> Cluster {
    let cluster = try Cluster(named: cluster)
    return try ranks.map(cluster.resized(ranks:)) ?? cluster
  }

  /// - Parameters:
  ///   - allToAll: the communication model; the cluster's when nil.
  ///   - context: tokens that a token attends to, for end-to-end figures.
  func setting(for header: TraceHeader, allToAll: String? = nil, context: Int? = nil) throws -> ReplaySetting {
    try ReplaySetting(
      header: header, cluster: resizedCluster(),
      model: model.map(ModelShape.init(named:)) ?? ModelShape(fitting: header),
      allToAll: allToAll, context: context)
  }

  /// The ranks and nodes of the machine, and the limit of the model if it is known. Does without presets unless they
  /// were asked for.
  func layout(for header: TraceHeader) throws -> RankLayout {
    let known = cluster != Self.usualCluster || PresetCatalog.clusters.names.contains(cluster)
    let shape = try model.map(ModelShape.init(named:)) ?? (try? ModelShape(fitting: header))
    var layout = RankLayout(ranks: ranks) { nodes in shape?.nodesPerTokenLimit(nodes: nodes) }
    if known { layout.ranksPerNode = try Cluster(named: cluster).ranksPerNode }
    return layout
  }

  /// The model that was asked for, else the one that the trace names, if it has a file and fits; nil without either.
  func routed(for header: TraceHeader) throws -> RoutedModel? {
    if let model { return try ModelShape(named: model).routed }
    guard let name = header.model, PresetCatalog.models.names.contains(name),
      let routed = try? ModelShape(named: name).routed, routed.experts == header.experts,
      header.topK ?? routed.topK == routed.topK
    else { return nil }
    return routed
  }
}

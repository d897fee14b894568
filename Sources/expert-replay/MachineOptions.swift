import ArgumentParser
import ExpertReplay

/// What a trace is replayed on.
struct MachineOptions: ParsableArguments {
  static let usualCluster = PresetCatalog.usualCluster

  @Option(help: "A cluster file or a name in clusters/.", completion: .names(in: PresetCatalog.clusters))
  var cluster = Self.usualCluster

  @Option(help: "Ranks of the expert-parallel group, instead of the cluster's.")
  var ranks: Int?

  @Option(
    help: "A model file or a name in models/; the trace's own by default.", completion: .names(in: PresetCatalog.models)
  )
  var model: String?

  @OptionGroup var source: SourceOptions

  func validate() throws { try require(ranks, in: 1...Cluster.maximumRanks, "--ranks") }

  func machine() throws -> Machine {
    let machine = try Machine(named: cluster)
    return try ranks.map { ranks in try machine.map { try $0.resized(ranks: ranks) } } ?? machine
  }

  /// - Parameters:
  ///   - allToAll: the communication model; the cluster's when nil.
  ///   - context: tokens that a token attends to, for end-to-end figures.
  func setting(for header: TraceHeader, allToAll: String? = nil, context: Int? = nil) throws -> ReplaySetting {
    try ReplaySetting(
      header: header, machine: machine(),
      model: model.map(ModelShape.init(named:)) ?? ModelShape(fitting: header),
      allToAll: allToAll, context: context, sources: source.chosen)
  }

  func layout(for header: TraceHeader) throws -> RankLayout {
    try RankLayout(
      cluster: cluster == Self.usualCluster && !PresetCatalog.clusters.names.contains(cluster) ? nil : cluster,
      ranks: ranks, sources: source.chosen, model: model, for: header)
  }

  func routed(for header: TraceHeader) throws -> RoutedModel? { try RoutedModel(named: model, for: header) }
}

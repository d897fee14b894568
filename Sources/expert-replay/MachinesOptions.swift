import ArgumentParser
import ExpertReplay

/// The machines that a trace is replayed on: every cluster with every number of ranks.
struct MachinesOptions: ParsableArguments {
  @Option(
    help: """
      A cluster file or a name in clusters/. Repeat to compare several. (default: \(MachineOptions.usualCluster))
      """, completion: .names(in: PresetCatalog.clusters))
  var cluster: [String] = []

  @Option(help: "Ranks of the expert-parallel group, instead of the cluster's. Repeat to compare several.")
  var ranks: [Int] = []

  @Option(
    help: "A model file or a name in models/; the trace's own by default.", completion: .names(in: PresetCatalog.models)
  )
  var model: String?

  @OptionGroup var source: SourceOptions

  func validate() throws { for size in ranks { try require(size, in: 1...Cluster.maximumRanks, "--ranks") } }

  /// A setting for each machine, cluster by cluster.
  ///
  /// - Parameters:
  ///   - allToAll: the communication model; the cluster's when nil.
  ///   - context: tokens that a token attends to, for end-to-end figures.
  ///   - changes: ranks that come or go besides those that the clusters name.
  func settings(
    for header: TraceHeader, allToAll: String?, context: Int?, changes: [RankChange] = []
  ) throws -> [ReplaySetting] {
    let names = cluster.isEmpty ? [MachineOptions.usualCluster] : cluster
    let machines = try names.map(Machine.init(named:)).sized(ranks).map { machine in
      machine.map { cluster in
        var cluster = cluster
        cluster.changes += changes
        return cluster
      }
    }
    let model = try model.map(ModelShape.init(named:)) ?? ModelShape(fitting: header)
    return try machines.map {
      try ReplaySetting(
        header: header, machine: $0, model: model, allToAll: allToAll, context: context, sources: source.chosen)
    }
  }
}

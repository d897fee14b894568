import Inspection
import PerformanceModel
import RoutingTrace

extension RankLayout {
  /// The ranks and nodes of a machine, and the limit of the model's router if the model is known.
  ///
  /// - Parameters:
  ///   - cluster: a file, or a name in `clusters/`, for its ranks per node; nil does without presets.
  ///   - sources: where tokens start.
  ///   - model: a file, or a name in `models/`; when nil the one that fits the trace, if there is one.
  /// - Throws: `InputError` for a cluster or a model that is not found, or is none.
  public init(
    cluster: String?, ranks: Int?, sources: TokenSources = TokenSources(), model: String?, for header: TraceHeader
  ) throws {
    let shape = try model.map(ModelShape.init(named:)) ?? (try? ModelShape(fitting: header))
    self.init(ranks: ranks, sources: sources) { nodes in shape?.nodesPerTokenLimit(nodes: nodes) }
    if let cluster { ranksPerNode = try Machine(named: cluster).ranksPerNode }
  }
}

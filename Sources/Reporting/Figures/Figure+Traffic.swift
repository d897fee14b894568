import Replay

/// What is sent.
extension Figure {
  static let traffic = [
    Figure(
      "traffic.scaleUpBytes", "scale-up traffic of dispatch", .bytes, better: .less,
      "bytes of dispatch between ranks of a node", column: Column("Scale-up", in: .bounds)
    ) { $0.traffic.scaleUpBytes },
    Figure(
      "traffic.scaleOutBytes", "scale-out traffic of dispatch", .bytes, better: .less,
      "bytes of dispatch between nodes", column: Column("Scale-out", in: .bounds)
    ) { $0.traffic.scaleOutBytes },
    Figure(
      "traffic.copiesPerToken", "ranks of a token", .times, better: .less, "ranks that a token visits in a layer",
      column: Column("Copies", in: .bounds)
    ) { $0.traffic.copiesPerToken },
    Figure(
      "traffic.nodesPerToken", "nodes of a token", .times, better: .less, "nodes that a token visits in a layer"
    ) { $0.traffic.nodesPerToken },
    Figure(
      "traffic.mostNodesPerToken", "most nodes of a token", .count, better: .less,
      "nodes that one token visits at most; absent for counts"
    ) { $0.traffic.mostNodesPerToken.map(Double.init) },
    Figure(
      "traffic.nodesPerTokenLimit", "nodes allowed to a token", .count,
      "what the model's router allows, if it limits a token to some groups"
    ) { $0.traffic.nodesPerTokenLimit.map(Double.init) },
    Figure(
      "traffic.routingEntries", "paths through a core", .count, better: .less,
      "paths through the busiest core of a mesh in one All-to-All, at most; absent where paths are not counted",
      column: Column("Paths through a core", in: .bounds)
    ) { $0.traffic.routingEntries.map(Double.init) },
  ]
}

import Diagnostics

/// The topologies of `fair-share`, each with what it needs of a cluster.
public enum Topologies {
  /// The one whose paths are routed core by core.
  static let mesh2D = "mesh-2d"

  public static let registry = Registry<Maker<Cluster, FairShareParameters, Network>>(
    "topology",
    [
      .init("ports", "every rank's scale-up port and NIC; nothing blocks between") { cluster, _ throws(InputError) in
        try .ports(cluster)
      },
      .init("fat-tree", "rail-optimised, two levels, with oversubscription", make: Network.fatTree),
      .init("full-mesh", "a link between every two ranks", make: Network.fullMesh),
      .init(mesh2D, "ranks in rows, links between neighbours", make: Network.mesh2D),
      .init("explicit", "the links of the file", make: Network.explicit),
    ])

  /// Ranks beyond which a path for every pair would take too much memory.
  package static let maximumRanks = 1024

  static func make(_ parameters: FairShareParameters, for cluster: Cluster) throws(InputError) -> Network {
    let make = try registry.named(parameters.topology)
    guard cluster.ranks <= maximumRanks else {
      throw InputError(
        "fair-share takes at most \(maximumRanks) ranks, not \(cluster.ranks)", in: cluster.name, status: .usage)
    }
    return try make(cluster, parameters)
  }

  static func required<Value>(
    _ value: Value?, _ key: String, of parameters: FairShareParameters, in cluster: Cluster
  ) throws(InputError) -> Value {
    guard let value else {
      throw InputError(
        "the topology \(parameters.topology) needs fairShare.\(key)", in: cluster.name, status: .usage)
    }
    return value
  }
}

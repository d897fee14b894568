import Diagnostics

/// The topologies by name, each with what it needs of a cluster.
public enum TopologyRegistry {
  typealias Maker = @Sendable (Cluster, FairShareParameters) throws(InputError) -> Network

  private static let makers: [(name: String, make: Maker)] = [
    ("ports", { cluster, parameters throws(InputError) in try .ports(cluster) }),
    ("fat-tree", { cluster, parameters throws(InputError) in try .fatTree(cluster, parameters) }),
    ("full-mesh", { cluster, parameters throws(InputError) in try .fullMesh(cluster, parameters) }),
    ("mesh-2d", { cluster, parameters throws(InputError) in try .mesh2D(cluster, parameters) }),
    ("explicit", { cluster, parameters throws(InputError) in try .explicit(cluster, parameters) }),
  ]

  public static var names: [String] { makers.map(\.name) }

  /// Ranks beyond which a path for every pair would take too much memory.
  static let maximumRanks = 1024

  static func make(_ parameters: FairShareParameters, for cluster: Cluster) throws(InputError) -> Network {
    guard let maker = makers.first(where: { $0.name == parameters.topology }) else {
      throw InputError(
        "unknown topology '\(parameters.topology)'\(suggestion(for: parameters.topology, in: names))", status: .usage)
    }
    guard cluster.ranks <= maximumRanks else {
      throw InputError(
        "fair-share takes at most \(maximumRanks) ranks, not \(cluster.ranks)", in: cluster.name, status: .usage)
    }
    return try maker.make(cluster, parameters)
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
